import type { Schema } from "../flow/catalog";
import { joinPointer, type Problem, pointerTokens } from "../flow/document";

/**
 * What the server holds against one value of a request, with pointers into that value. Problems of
 * a flow, as of its input's schema, have places of the same look and other codes.
 */
export function faultsUnder(root: string, problems: readonly Problem[]): Problem[] {
  return problems
    .filter((p) => p.code.startsWith("value.") && (p.pointer === root || p.pointer.startsWith(`${root}/`)))
    .map((p) => ({ ...p, pointer: p.pointer.slice(root.length) }));
}

/**
 * Faults by the field of the form that shows them, in the order of the form. A place that has no
 * field is told at the one around it; "" is the form as a whole.
 */
export function faultsByField(schema: Schema, faults: readonly Problem[]): Map<string, Problem[]> {
  const fields = new Map<string, Problem[]>();
  for (const fault of faults) {
    const { shown, rest } = fieldFor(schema, pointerTokens(fault.pointer));
    const at = joinPointer("", ...shown);
    const message = rest.length === 0 ? fault.message : `${rest.join(" › ")}: ${fault.message}`;
    fields.set(at, [...(fields.get(at) ?? []), { ...fault, message }]);
  }
  const order = Object.keys((schema.properties ?? {}) as object);
  const place = (pointer: string) => order.indexOf(pointerTokens(pointer)[0] ?? "");
  return new Map([...fields].sort(([a], [b]) => place(a) - place(b)));
}

/** How far a schema has fields on the way to a value, and what is left of the way. */
function fieldFor(schema: Schema, way: readonly string[]): { shown: string[]; rest: string[] } {
  let at: unknown = schema;
  for (const [depth, key] of way.entries()) {
    const { properties, items } = (at ?? {}) as { properties?: Schema; items?: unknown };
    at = items !== undefined && /^\d+$/.test(key) ? items : properties?.[key];
    if (at === undefined) return { shown: way.slice(0, depth), rest: way.slice(depth) };
  }
  return { shown: [...way], rest: [] };
}

/** A fault with its place before it, for those who see the input as text. */
export function faultText(fault: Problem): string {
  const place = pointerTokens(fault.pointer).join(" › ");
  return place === "" ? fault.message : `${place}: ${fault.message}`;
}
