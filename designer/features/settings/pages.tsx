/** The pages of the settings; they are small, so one chunk carries them all. */
export { AuditPage } from "./AuditPage";
export { CredentialsPage } from "./CredentialsPage";
export { ProfilePage } from "./ProfilePage";
export { TokensPage } from "./TokensPage";
export { UsersPage } from "./UsersPage";
