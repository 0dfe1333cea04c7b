export { CasePage } from "./CasePage";
export { CasesPage } from "./CasesPage";
