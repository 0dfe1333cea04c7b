import { expectTypeOf, it } from "vitest";
import type { components } from "./schema.gen";
import type {
  AuditRow,
  Bindings,
  Change,
  Connector,
  ConnectorHealth,
  ConnectorLogLine,
  Credential,
  CredentialType,
  FlowRow,
  FlowUse,
  ImportPlan,
  ImportResult,
  ImportRow,
  Installed,
  Invitation,
  LinkOwner,
  Me,
  NodeType,
  OpenAPIPlan,
  OptionList,
  Pin,
  Powers,
  Run,
  RunPlan,
  RunRow,
  Sample,
  SaveAnswer,
  SessionRow,
  StepDetail,
  Token,
  Tried,
  User,
  VersionDetail,
  VersionRow,
} from "./types";

// The shapes that the designer reads, against those that the server's own document
// promises: `tsc` fails here when a key that is read is gone or has another type.
type Server = components["schemas"];

/**
 * A schema as it is read: lists that the document allows to be null are lists (the
 * server sends [] and the designer guards the rest), free JSON is anything, and a
 * plain text may be one of the words that the designer knows.
 */
type Read<T> = unknown extends T
  ? // biome-ignore lint/suspicious/noExplicitAny: stands for free JSON on the server's side
    any
  : T extends string
    ? string extends T
      ? // biome-ignore lint/suspicious/noExplicitAny: the document says string where the designer knows the words
        any
      : T
    : T extends readonly (infer U)[]
      ? Read<U>[]
      : T extends object
        ? { [K in keyof T]: Read<Exclude<T[K], null>> }
        : T;

it("reads what the server says that it sends", () => {
  expectTypeOf<Read<Server["Me"]>>().toExtend<Me>();
  expectTypeOf<Read<Server["UserItem"]>>().toExtend<User>();
  expectTypeOf<Read<Server["Invitation"]>>().toExtend<Invitation>();
  expectTypeOf<Read<Server["LinkOwner"]>>().toExtend<LinkOwner>();
  expectTypeOf<Read<Server["SessionItem"]>>().toExtend<SessionRow>();
  expectTypeOf<Read<Server["TokenItem"]>>().toExtend<Token>();
  expectTypeOf<Read<Server["AuditItem"]>>().toExtend<AuditRow>();
  expectTypeOf<Read<Server["FlowItem"]>>().toExtend<FlowRow>();
  expectTypeOf<Read<Server["Saved"]>>().toExtend<SaveAnswer>();
  expectTypeOf<Read<Server["Version"]>>().toExtend<VersionRow>();
  expectTypeOf<Read<Omit<Server["VersionFlow"], "flow">>>().toExtend<Omit<VersionDetail, "flow">>();
  expectTypeOf<Read<Server["Change"]>>().toExtend<Change>();
  expectTypeOf<Read<Server["Sample"]>>().toExtend<Sample>();
  expectTypeOf<Read<Server["Options"]>>().toExtend<OptionList>();
  expectTypeOf<Read<Server["Pin"]>>().toExtend<Pin>();
  expectTypeOf<Read<Server["RunPlan"]>>().toExtend<RunPlan>();
  expectTypeOf<Read<Server["NodeType"]>>().toExtend<NodeType>();
  expectTypeOf<Read<Server["RunItem"]>>().toExtend<RunRow>();
  expectTypeOf<Read<Server["Run"]>>().toExtend<Run>();
  expectTypeOf<Read<Server["Step"]>>().toExtend<StepDetail>();
  expectTypeOf<Read<Server["ImportPlan"]>>().toExtend<ImportPlan>();
  expectTypeOf<Read<Server["ImportResult"]>>().toExtend<ImportResult>();
  expectTypeOf<Read<Server["Import"]>>().toExtend<ImportRow>();
  expectTypeOf<Read<Server["Connector"]>>().toExtend<Connector>();
  expectTypeOf<Read<Server["Powers"]>>().toExtend<Powers>();
  expectTypeOf<Read<Server["ConnectorHealth"]>>().toExtend<ConnectorHealth>();
  expectTypeOf<Read<Server["ConnectorLogLine"]>>().toExtend<ConnectorLogLine>();
  expectTypeOf<Read<Server["FlowUse"]>>().toExtend<FlowUse>();
  expectTypeOf<Read<Omit<Server["Tried"], "error">>>().toExtend<Omit<Tried, "error">>();
  expectTypeOf<Read<Server["Installed"]>>().toExtend<Installed>();
  expectTypeOf<Read<Server["OpenAPIPlan"]>>().toExtend<OpenAPIPlan>();
  expectTypeOf<Read<Server["CredentialType"]>>().toExtend<CredentialType>();
  expectTypeOf<Read<Server["Credential"]>>().toExtend<Credential>();
  expectTypeOf<Read<Server["Bindings"]>["bindings"]>().toExtend<Bindings>();
});
