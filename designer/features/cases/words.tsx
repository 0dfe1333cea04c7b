import type { Case } from "@/api/cases";

/** The words for what cases are, in the order in which they are offered. */
export const SEVERITIES = { critical: "Critical", high: "High", medium: "Medium", low: "Low" } as const;
export const STATUSES = {
  open: "Open",
  in_progress: "In progress",
  pending: "Pending",
  closed: "Closed",
} as const;
export const RESOLUTIONS = {
  true_positive: "True positive",
  benign_positive: "Benign positive",
  false_positive: "False positive",
  duplicate: "Duplicate",
  undetermined: "Undetermined",
} as const;
export const TLPS = {
  clear: "TLP:CLEAR",
  green: "TLP:GREEN",
  amber: "TLP:AMBER",
  "amber+strict": "TLP:AMBER+STRICT",
  red: "TLP:RED",
} as const;
export const SORTS = {
  updated: "Last changed",
  created: "Newest",
  severity: "Most severe",
  score: "Highest score",
  due: "Due first",
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

export function resolutionWord(value: string): string {
  return value === "merged" ? "Merged" : word(RESOLUTIONS, value);
}

export function SeverityMark({ severity }: { severity: Case["severity"] }) {
  return (
    <span className="case-severity" data-severity={severity}>
      {word(SEVERITIES, severity)}
    </span>
  );
}

export function StatusMark({ item }: { item: Case }) {
  return (
    <span className="case-status" data-status={item.status}>
      {word(STATUSES, item.status)}
      {item.status === "closed" && <span className="muted"> · {resolutionWord(item.resolution)}</span>}
    </span>
  );
}

/** A score of 0 to 1000; a dash where nobody scored it. */
export function Score({ score }: { score: number | undefined }) {
  if (score === undefined) return <span className="muted">—</span>;
  const level = score >= 700 ? "high" : score >= 400 ? "medium" : "low";
  return (
    <span className="case-score" data-level={level}>
      {score}
    </span>
  );
}
