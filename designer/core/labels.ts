/** The words for what cases and indicators are about, in the order in which they are offered. */

export const TLPS = {
  clear: "TLP:CLEAR",
  green: "TLP:GREEN",
  amber: "TLP:AMBER",
  "amber+strict": "TLP:AMBER+STRICT",
  red: "TLP:RED",
} as const;

export const ARTIFACT_TYPES: Record<string, string> = {
  ip: "IP address",
  domain: "Domain",
  url: "URL",
  email: "Mail address",
  hash: "Hash",
  file: "File",
  host: "Host",
  user: "User",
  cve: "CVE",
  process: "Process",
  registry: "Registry key",
  subject: "Subject",
  message_id: "Message id",
  other: "Artifact",
};

/** The word of a value; what is not known stays as it is. */
export function word(words: Record<string, string>, value: string): string {
  return words[value] ?? value.replaceAll("_", " ");
}
