export { CasePage } from "./CasePage";
export { CasesPage } from "./CasesPage";
export { CaseTemplatePage } from "./TemplatePage";
export { CaseTemplatesPage } from "./TemplatesPage";
