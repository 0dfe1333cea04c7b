import type { Preview } from "@/api/types";
import type { Look } from "@/core/expr/complete";
import type { Json } from "@/core/flow/document";

type Ask = (template: string, signal: AbortSignal) => Promise<Preview>;

/** Long texts cut, so that what is around them comes whole; and the keys alone, of what is too large even so. */
const CUT = (e: string) =>
  `{{ (${e}).transformMap(k, v, type(v) == string ? v.substring(0, math.least(size(v), 60)) : v) }}`;
const KEYS = (e: string) => `{{ (${e}).map(k, k) }}`;

/** How long a value that could not be had is not asked for again. */
const AGAIN_MS = 2000;

/** Values for completion, each asked for once; of large ones only what completion shows. */
export function lookBy(ask: Ask): Look {
  const known = new Map<string, Promise<Json | undefined>>();
  const readOnce = async (expression: string) => {
    const value = await readValue(ask, expression).catch(() => undefined);
    // Half-written text elsewhere may be why there was none: who asks a while later asks again, but not each key.
    if (value === undefined) setTimeout(() => known.delete(expression), AGAIN_MS);
    return value;
  };
  return (expression) => {
    const value = known.get(expression) ?? readOnce(expression);
    known.set(expression, value);
    return value;
  };
}

/** The value of an expression now; of a large one as much as is shown. */
export async function readValue(ask: Ask, expression: string): Promise<Json | undefined> {
  const { signal } = new AbortController();
  const whole = await ask(`{{ ${expression} }}`, signal);
  if (!whole.ok) return undefined;
  if (!whole.truncated) return whole.value;
  if (whole.type === "list") return [];
  if (whole.type !== "object") return "";
  const cut = await ask(CUT(expression), signal);
  if (cut.ok && !cut.truncated) return cut.value;
  const keys = await ask(KEYS(expression), signal);
  if (!keys.ok || !Array.isArray(keys.value)) return undefined;
  // Their values stay unknown: nothing is said of them.
  return Object.fromEntries(keys.value.map((k) => [String(k), undefined])) as unknown as Json;
}
