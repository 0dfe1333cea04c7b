export { AllowListPage } from "./AllowListPage";
export { IndicatorPage } from "./IndicatorPage";
export { IntelPage } from "./IntelPage";
