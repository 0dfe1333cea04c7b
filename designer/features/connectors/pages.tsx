/** The pages of the connectors: one chunk carries both. */
import "./connectors.css";

export { ConnectorPage } from "./ConnectorPage";
export { ConnectorsPage } from "./ConnectorsPage";
