export { AssetsPage } from "./AssetsPage";
