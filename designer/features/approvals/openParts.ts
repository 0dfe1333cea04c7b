import { type Flow, type Json, joinPointer } from "@/core/flow/document";
import { stepsReadBy, templateParts } from "@/core/flow/references";
import { isObject, same } from "@/core/flow/same";
import { stepName } from "@/core/flow/steps";

/** A part of a template that has no value yet: text that stands, or what is known only then, and from which steps. */
export type OpenPart = { text: string } | { from: string[] };

/** The value of a template that reads one variable of the flow and nothing else; undefined of any other. */
function fixedOf(template: string, flow: Flow | undefined): Json | undefined {
  const name = /^\{\{\s*vars\.([A-Za-z_]\w*)\s*\}\}$/.exec(template)?.[1];
  const vars = flow?.vars ?? {};
  return name !== undefined && Object.hasOwn(vars, name) ? vars[name] : undefined;
}

/** A value with the flow's variables in the place of templates that read one, and which templates are open still. */
export function settled(
  value: Json,
  open: readonly string[],
  flow: Flow | undefined,
): { value: Json; open: readonly string[] } {
  if (open.length === 0 || flow === undefined) return { value, open };
  const left = new Set(open);
  const settle = (at: Json, pointer: string): Json => {
    if (typeof at === "string" && left.has(pointer)) {
      const fixed = fixedOf(at, flow);
      if (fixed === undefined) return at;
      left.delete(pointer);
      return fixed;
    }
    if (Array.isArray(at)) return at.map((v, i) => settle(v, joinPointer(pointer, i)));
    if (!isObject(at)) return at;
    return Object.fromEntries(
      Object.entries(at).map(([key, v]) => [key, settle(v as Json, joinPointer(pointer, key))]),
    );
  };
  const next = settle(value, "");
  return same(next, value) ? { value, open } : { value: next, open: [...left] };
}

/** A template without its code. */
export function openParts(template: string, flow: Flow | undefined): OpenPart[] {
  const parts: OpenPart[] = [];
  for (const { code, text } of templateParts(template)) {
    const fixed = code ? fixedOf(text, flow) : text;
    const last = parts.at(-1);
    if (typeof fixed !== "string" && typeof fixed !== "number")
      parts.push({ from: [...new Set(stepsReadBy(text))].map((id) => stepName(flow, id)) });
    else if (last !== undefined && "text" in last) last.text += fixed;
    else parts.push({ text: String(fixed) });
  }
  return parts;
}
