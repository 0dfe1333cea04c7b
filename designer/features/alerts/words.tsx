import type { Alert } from "@/api/alerts";

/** The words for what alerts are, in the order in which they are offered. */
export const SEVERITIES: Record<string, string> = {
  critical: "Critical",
  high: "High",
  medium: "Medium",
  low: "Low",
  info: "Info",
};
export const STATUSES: Record<string, string> = {
  new: "New",
  in_progress: "In progress",
  closed: "Closed",
  cased: "In a case",
};
export const REASONS: Record<string, string> = {
  false_positive: "False positive",
  true_positive: "True positive",
  benign: "Benign",
  duplicate: "Duplicate",
  other: "Other",
};
export const SORTS: Record<string, string> = {
  score: "Highest score",
  local: "Local score",
  community: "Community score",
  enrichment: "Enrichment score",
  impact: "Highest loss",
  age: "Oldest",
  newest: "Newest",
};

export function SeverityMark({ severity }: { severity: string }) {
  return (
    <span className="alert-mark" data-severity={severity}>
      {SEVERITIES[severity] ?? severity}
    </span>
  );
}

export function ScoreMark({ score }: { score: number }) {
  const level = score >= 600 ? "critical" : score >= 350 ? "high" : "low";
  return (
    <span className="alert-mark alert-score" data-severity={level}>
      {score}
    </span>
  );
}

/** How an alert stands, in words. */
export function standing(a: Alert): string {
  if (a.status === "closed") return `Closed · ${REASONS[a.reason ?? ""] ?? a.reason ?? ""}`;
  if (a.status === "cased") return `In case #${a.caseNumber}`;
  return STATUSES[a.status] ?? a.status;
}

/** A loss with its currency, without fractions. */
export function money(amount: number, currency: string): string {
  return `${Math.round(amount).toLocaleString("en")} ${currency}`.trim();
}
