import type { Dashboard } from "@/api/dashboard";
import { durationText } from "@/ui/format";

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const hour = new Intl.DateTimeFormat(undefined, {
  ...{ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" },
});

/** When a bucket begins, by UTC: its hour, or its day. */
export function bucketText(view: Dashboard, at: string): string {
  return (view.bucketMs < 86_400_000 ? hour : day).format(new Date(at));
}

/** From when until when, by UTC: the last day is the one that is under way. */
export function periodWords(view: Dashboard): string {
  const last = new Date(Date.parse(view.until) - 1).toISOString();
  return `${bucketText(view, view.from)} – ${bucketText(view, view.bucketMs < 86_400_000 ? view.until : last)} UTC`;
}

/** Minutes as people reckon work: 45 min, 12 h 30 min, 1,240 h. */
export function savedText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes} min`;
  const rest = minutes % 60;
  return hours >= 100 || rest === 0 ? `${hours.toLocaleString("en")} h` : `${hours} h ${rest} min`;
}

/** A long time without what nobody needs: beyond two days in days. */
export function longText(ms: number): string {
  if (ms < 48 * 3_600_000) return durationText(ms);
  const days = ms / 86_400_000;
  return `${days.toFixed(days < 10 ? 1 : 0)} d`;
}

export function shareText(share: number): string {
  const percent = share * 100;
  // What is not all is never shown as all.
  return `${percent >= 99.95 && share < 1 ? "99.9" : percent.toFixed(percent < 100 && percent > 0 ? 1 : 0)} %`;
}

export const numberText = (n: number): string => n.toLocaleString("en");

/** How a number stands to the one before: +12 %, as before; nothing where there was none. */
export function changeText(now: number, before: number): string | undefined {
  if (before === 0) return undefined;
  const change = Math.round(((now - before) / before) * 100);
  if (change === 0) return "as before";
  return `${change > 0 ? "+" : "−"}${numberText(Math.abs(change))} %`;
}

const WORDS: Record<string, string> = {
  false_positive: "False positive",
  true_positive: "True positive",
  benign: "Benign",
  benign_positive: "Benign positive",
  duplicate: "Duplicate",
  undetermined: "Undetermined",
  merged: "Merged into another",
  other: "Other",
  "": "No reason given",
};

export const reasonText = (reason: string): string => WORDS[reason] ?? reason;
