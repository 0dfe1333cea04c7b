export { InboxPage } from "./InboxPage";
export { QuestionPage } from "./QuestionPage";
