import { plural } from "@/ui/format";

/** How long until a time, in whole units, for people. */
export function untilText(at: string, now = Date.now()): string {
  const minutes = Math.max(0, Math.ceil((Date.parse(at) - now) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return plural(Math.round(minutes / 1440), "day");
}
