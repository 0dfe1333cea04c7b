import { useEffect, useState } from "react";
import { agoText, dateText, durationText } from "./format";

/** The time now, refreshed at an interval while a component shows it. */
function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** How long ago something was, with the exact time as its tooltip. */
export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow(30_000);
  if (!at) return <span className="muted">—</span>;
  return (
    <time dateTime={at} title={exactText(at)}>
      {agoText(at, now)}
    </time>
  );
}

/** How long until something is due, with the exact time as its tooltip. */
export function Until({ at }: { at: string | null | undefined }) {
  const now = useNow(30_000);
  if (!at) return <span className="muted">—</span>;
  const left = Date.parse(at) - now;
  return (
    <time dateTime={at} title={exactText(at)} className={left < SOON ? "soon" : undefined}>
      {left <= 0 ? "now" : left < 7 * 86_400_000 ? `in ${durationText(left)}` : dateText(at)}
    </time>
  );
}

/** What is due within this time stands out. */
const SOON = 3_600_000;

/** How long something has taken so far; it counts while it is shown. */
export function Elapsed({ since }: { since: string }) {
  const now = useNow(1000);
  return <>{durationText(Math.max(0, now - Date.parse(since)))}</>;
}

const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** A time to the second, with its zone. */
export function exactText(at: string): string {
  return exactFormat.format(new Date(at));
}
