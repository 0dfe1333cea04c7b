import type { Json } from "../flow/document";

/** Made-up events of a kind, to draw a flow on before a real one came. Addresses are of the ranges kept for documentation. */
export interface ExampleSet {
  label: string;
  events: readonly { name: string; input: Json }[];
}

const alert = (severity: string, rule: string, confidence: number, indicators: Json[]): Json => ({
  id: `alert-${4700 + confidence}`,
  detected_at: "2026-03-02T09:41:07Z",
  rule,
  severity,
  confidence,
  host: { name: "ws-0231", os: "windows", ip: "192.0.2.31" },
  user: { name: "svc-backup", department: "operations" },
  process: { name: "powershell.exe", parent: "winword.exe", pid: 4242, command: "powershell -nop -w hidden" },
  indicators,
});

const ADDRESS: Json = { type: "ip", value: "203.0.113.9" };
const DOMAIN: Json = { type: "domain", value: "login.example.net" };
const FILE: Json = {
  type: "sha256",
  value: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};

const ALERTS: ExampleSet = {
  label: "Endpoint alerts",
  events: [
    {
      name: "Endpoint alert, high",
      input: alert("high", "Suspicious PowerShell Download", 91, [ADDRESS, DOMAIN]),
    },
    {
      name: "Endpoint alert, critical",
      input: alert("critical", "LSASS Memory Read", 97, [ADDRESS, DOMAIN, FILE]),
    },
    { name: "Endpoint alert, medium", input: alert("medium", "New Service Installed", 62, [FILE]) },
    { name: "Endpoint alert, low", input: alert("low", "Rare Parent Process", 35, []) },
  ],
};

const MAIL = [
  "From: Accounts <accounts@example.net>",
  "To: staff@example.com",
  "Subject: Your password expires today",
  "Date: Mon, 02 Mar 2026 09:41:07 +0000",
  "Message-ID: <1@example.net>",
  "Content-Type: text/plain; charset=utf-8",
  "",
  "Please confirm your password at https://login.example.net/confirm",
  "",
].join("\r\n");

const MAILS: ExampleSet = {
  label: "A suspicious mail",
  events: [{ name: "Suspicious mail", input: { raw: MAIL } }],
};

const CLOUD: ExampleSet = {
  label: "Cloud findings",
  events: [
    {
      name: "Public bucket",
      input: {
        id: "finding-101",
        severity: "high",
        title: "Bucket allows public reads",
        account: "111122223333",
        region: "eu-central-1",
        resource: { type: "bucket", id: "example-exports" },
        compliant: false,
      },
    },
    {
      name: "Old key",
      input: {
        id: "finding-102",
        severity: "medium",
        title: "Access key is older than 90 days",
        account: "111122223333",
        region: "eu-central-1",
        resource: { type: "accessKey", id: "key-7" },
        compliant: false,
      },
    },
  ],
};

const CASES: ExampleSet = {
  label: "A case is opened",
  events: [
    {
      name: "Case opened",
      input: {
        event: "created",
        case: {
          id: "case-17",
          title: "Suspicious sign-in",
          severity: "high",
          state: "open",
          labels: ["identity"],
        },
      },
    },
  ],
};

const SETS: Readonly<Record<string, readonly ExampleSet[]>> = {
  "trigger.webhook": [ALERTS, CLOUD, MAILS],
  "trigger.mailbox": [MAILS],
  "trigger.case": [CASES],
  "trigger.manual": [ALERTS, MAILS],
  "trigger.flow": [ALERTS],
};

/** The examples that fit a trigger. */
export function examplesFor(trigger: string): readonly ExampleSet[] {
  return SETS[trigger] ?? [];
}

/** An event of the shape that a schema describes: its examples and defaults, and else an empty value of each type. */
export function eventOfSchema(schema: Json | undefined, depth = 0): Json {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema) || depth > 6) return null;
  const { examples, enum: choices, const: only, default: given, properties, items, type } = schema;
  if (only !== undefined) return only;
  if (given !== undefined) return given;
  if (Array.isArray(examples) && examples[0] !== undefined) return examples[0];
  if (Array.isArray(choices) && choices[0] !== undefined) return choices[0];
  if (properties !== null && typeof properties === "object" && !Array.isArray(properties))
    return Object.fromEntries(
      Object.entries(properties).map(([key, inner]) => [key, eventOfSchema(inner, depth + 1)]),
    );
  switch (type) {
    case "string":
      return "text";
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    case "array":
      return items === undefined ? [] : [eventOfSchema(items, depth + 1)];
    case "object":
      return {};
  }
  return null;
}
