import { ARTIFACT_TYPES } from "@/core/labels";

/** The words for what indicators are, in the order in which they are offered. */
export const INDICATOR_TYPES: Record<string, string> = {
  ...ARTIFACT_TYPES,
  network: "Network",
  other: "Other",
};
export const VERDICTS: Record<string, string> = {
  malicious: "Malicious",
  suspicious: "Suspicious",
  unknown: "Unknown",
  benign: "Benign",
};
export const SORTS: Record<string, string> = {
  score: "Highest score",
  updated: "Last changed",
  sighted: "Last seen here",
};
export const SCORES: Record<string, string> = {
  "700": "700 and more",
  "400": "400 and more",
  "1": "More than 0",
};
export const ALLOW_KINDS: Record<string, string> = {
  exact: "This value alone",
  domain: "Domain, with all below",
  network: "Network, with all within",
};

/** The names between commas. */
export function namesOf(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
