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

/** A duration of a flow file for people: 4 h, 1 h 30 min, 2 d. What is none stands as it is. */
export function durationWords(text: string): string {
  if (text === "" || text === "0" || !isDuration(text)) return text;
  const parts = [...text.matchAll(/([\d.]+)([a-zµμ]+)/g)].filter(([, n]) => Number(n) !== 0);
  return parts.map(([, n, unit]) => `${n} ${unit === "m" ? "min" : unit}`).join(" ") || "0 s";
}

/** What people call the units, by what flow files do, in the order in which those have them. */
const NAMES: readonly (readonly [string, RegExp])[] = [
  ["w", /^w(eeks?)?$/],
  ["d", /^d(ays?)?$/],
  ["h", /^h(ours?|rs?)?$/],
  ["m", /^m(in(ute)?s?)?$/],
  ["s", /^s(ec(ond)?s?)?$/],
  ["ms", /^(ms|millis(econds?)?|milliseconds?)$/],
];

/** A duration as people write it, 4 h, 1 h 30 min or 2 days, as a flow file has it. What is none stands as it is. */
export function durationFrom(text: string): string {
  const plain = text.trim().toLowerCase();
  if (isDuration(plain)) return plain;
  const found = new Map<string, number>();
  const rest = plain.replace(
    /(\d+(?:\.\d+)?)\s*([a-z]+)(?:\s*,|\s+and\b)?\s*/g,
    (all, n: string, word: string) => {
      const unit = NAMES.find(([, names]) => names.test(word))?.[0];
      if (unit === undefined || found.has(unit)) return all;
      found.set(unit, Number(n));
      return "";
    },
  );
  if (rest !== "" || found.size === 0) return text;
  const weeks = found.get("w");
  if (weeks !== undefined) found.set("d", weeks * 7 + (found.get("d") ?? 0));
  return NAMES.slice(1)
    .flatMap(([unit]) => (found.has(unit) ? `${found.get(unit)}${unit}` : []))
    .join("");
}
