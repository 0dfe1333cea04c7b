const DURATION = /^(?:\d+(?:\.\d+)?d)?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;

/** Whether a text is a duration of a flow file: 500ms, 90s, 36h, 2d12h. */
export function isDuration(text: string): boolean {
  return text === "0" || (text !== "" && DURATION.test(text));
}

const SECONDS: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
};

/** How long a duration of a flow file is. */
export function secondsOf(text: string): number {
  let sum = 0;
  for (const [, n, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g))
    sum += Number(n) * (SECONDS[unit ?? ""] ?? 0);
  return sum;
}
