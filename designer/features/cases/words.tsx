import type { Case } from "@/api/cases";
import { word } from "@/core/labels";

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
export const SORTS = {
  updated: "Last changed",
  created: "Newest",
  severity: "Most severe",
  score: "Highest score",
  due: "Due first",
} as const;
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
