import type { Flow } from "./document";
import { isDuration, secondsOf } from "./duration";

type Report = (code: string, pointer: string, message: string, fix?: string) => void;

/** The most minutes that one run saves: a week. */
const MAX_MINUTES_SAVED = 10_080;

/** What one run saves is a number of minutes. */
export function savedProblems(minutes: number | undefined, report: Report): void {
  if (minutes !== undefined && (minutes < 0 || minutes > MAX_MINUTES_SAVED))
    report(
      "minutesSaved",
      "/minutesSaved",
      "minutesSaved is the work that one run saves in minutes: 1 to 10080",
      "leave it out where none is reckoned",
    );
}

/** What a flow may do at once, how long, and how long its runs are kept. */
export function limitProblems(limits: Flow["limits"], report: Report): void {
  if (limits === undefined) return;
  const { concurrency = 0, queue = 0, timeout, keep } = limits;
  if (concurrency < 0 || concurrency > 1000)
    report(
      "limits.concurrency",
      "/limits/concurrency",
      "concurrency is how many runs are at work at once: 1 to 1000",
      "leave it out for no bound",
    );
  if (queue < 0 || queue > 1_000_000)
    report(
      "limits.queue",
      "/limits/queue",
      "queue is how many runs may wait: 1 to 1000000",
      "leave it out for no bound",
    );
  else if (queue > 0 && concurrency === 0)
    report(
      "limits.queue",
      "/limits/queue",
      "a queue needs concurrency: without it no run waits",
      "say how many runs are at work at once",
    );
  atLeast("timeout", timeout, 1, "a second", report);
  atLeast("keep", keep, 3600, "an hour", report);
}

function atLeast(name: string, text: string | undefined, least: number, said: string, report: Report): void {
  if (!text) return;
  const code = `limits.${name}`;
  if (!isDuration(text)) report(code, `/limits/${name}`, `${name} must be a duration such as 90m, 36h or 7d`);
  else if (secondsOf(text) < least) report(code, `/limits/${name}`, `${name} must be ${said} at least`);
}
