import type { Schema } from "../flow/catalog";
import type { Json } from "../flow/document";
import { type ExprFunction, FUNCTIONS, METHODS_OF, NAMESPACES, type ValueType } from "./functions";
import { nearest } from "./nearest";
import { isName, member } from "./path";
import { type Place, placeAt } from "./place";
import { asSchema, type ExprScope, inLoop, readableSteps, schemaOf } from "./scope";

/** One name that fits where the cursor stands. */
export interface Choice {
  label: string;
  kind: "data" | "step" | "field" | "function";
  /** A word or two beside it: its value, its type, how it is called. */
  detail?: string;
  doc?: string;
  /** What is put in, where that is not the label; the cursor goes before the last `back` characters. */
  insert?: string;
  back?: number;
  /** It takes the place of the dot too: a key that no name can be. */
  overDot?: boolean;
}

export interface Choices {
  from: number;
  /** Where the dot begins, for choices that take its place. */
  dot: number;
  all: Choice[];
}

/** The value of an expression on real data, or undefined where there is none. */
export type Look = (expression: string) => Promise<Json | undefined>;

/** What can be written at a place of an expression. */
export async function choicesAt(
  code: string,
  at: number,
  scope: ExprScope,
  look: Look,
): Promise<Choices | undefined> {
  const place = placeAt(code, at);
  if (place === undefined) return undefined;
  const all =
    place.receiver === undefined || place.dot === undefined
      ? roots(scope, place)
      : await members(place.receiver, place.dot.optional, scope, look);
  return { from: place.from, dot: place.dot?.from ?? place.from, all };
}

function roots(scope: ExprScope, place: Place): Choice[] {
  const data = (label: string, doc: string): Choice => ({ label, kind: "data", doc });
  return [
    ...[...place.bound.keys()].map((name) => data(name, "Named by the expression around.")),
    data("steps", "What the steps before gave: steps.ID.output, .error, .state."),
    data("trigger", "What started the run; trigger.body is its input."),
    ...(Object.keys(scope.flow.vars ?? {}).length > 0 ? [data("vars", "The variables of the flow.")] : []),
    ...(inLoop(scope)
      ? [
          data("item", "The item of this pass of the container."),
          data("index", "The number of this pass, from 0."),
        ]
      : []),
    data("run", "This run: run.id, run.version, run.dryRun, run.startedAt."),
    data("flow", "This flow: flow.id, flow.name."),
    ...FUNCTIONS.map((f) => called(f, f.name)),
  ];
}

/** Fields that are always there, with a word on each. */
const FIXED: Record<string, readonly [string, string][]> = {
  trigger: [
    ["body", "The input of the run."],
    ["type", "What kind of trigger fired."],
    ["headers", "Headers of the request, of a webhook."],
    ["query", "Query parameters of the request, of a webhook."],
    ["at", "When it fired."],
  ],
  run: [
    ["id", "The id of the run."],
    ["version", "The version of the flow that runs; 0 is the draft."],
    ["dryRun", "Whether nothing outside may be changed."],
    ["startedAt", "When the run began."],
  ],
  flow: [
    ["id", "The id of the flow."],
    ["name", "The name of the flow."],
  ],
};

const OF_STEP: readonly [string, string][] = [
  ["output", "What the step gave."],
  ["error", "Its error with code and message, where it failed and the run went on."],
  ["state", "How it ended: succeeded, failed, skipped …"],
];

async function members(receiver: string, optional: boolean, scope: ExprScope, look: Look): Promise<Choice[]> {
  if (NAMESPACES.has(receiver))
    return FUNCTIONS.filter((f) => f.name.startsWith(`${receiver}.`)).map((f) =>
      called(f, f.name.slice(receiver.length + 1)),
    );
  if (receiver === "steps") return readableSteps(scope).map((n) => stepChoice(scope, n.id, n.name, n.type));
  const fixed = /^steps\.\w+$/.test(receiver) ? OF_STEP : FIXED[receiver];
  if (fixed !== undefined)
    return fixed.map(([label, doc]) => ({ label, kind: "field", doc }) satisfies Choice);
  const value = await look(receiver);
  const schema = schemaOf(scope, receiver);
  const type = typeOf(value) ?? typeOfSchema(schema);
  // Behind .? CEL knows fields alone.
  return [...fields(value, schema, optional), ...(optional ? [] : methods(type, receiver))];
}

function stepChoice(scope: ExprScope, id: string, name: string | undefined, type: string): Choice {
  const doc = scope.catalog.get(type)?.name;
  return { label: id, kind: "step", ...(name ? { detail: name } : {}), ...(doc ? { doc } : {}) };
}

/**
 * The field that was meant where the engine says that there is none: the nearest of those that the
 * value before the dot has, and the text with it in place.
 */
export async function fieldMeant(
  code: string,
  missing: string,
  scope: ExprScope,
  look: Look,
): Promise<{ name: string; code: string } | undefined> {
  for (const found of code.matchAll(/\.\s*([A-Za-z_]\w*)(?!\w)/g)) {
    if (found[1] !== missing) continue;
    const to = found.index + found[0].length;
    const choices = await choicesAt(code, to, scope, look);
    const names = choices?.all.flatMap((c) => (c.kind === "field" && !c.overDot ? c.label : [])) ?? [];
    const name = names.includes(missing) ? undefined : nearest(missing, names);
    if (name !== undefined) return { name, code: code.slice(0, to - missing.length) + name + code.slice(to) };
  }
  return undefined;
}

/** The keys of real data with their values, then those that are declared but were not there. */
function fields(value: Json | undefined, schema: Schema | undefined, optional: boolean): Choice[] {
  const declared = asSchema(schema?.properties) ?? {};
  const real = value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
  const keys = [...new Set([...Object.keys(real), ...Object.keys(declared)])];
  return keys.map((key) => {
    const about = asSchema(declared[key]);
    const detail = key in real ? valueText(real[key]) : String(about?.type ?? "");
    const doc = about?.description ?? about?.title;
    return {
      label: key,
      kind: "field",
      ...(detail === "" ? {} : { detail }),
      ...(typeof doc === "string" ? { doc } : {}),
      ...(isName(key) ? {} : { insert: member("", key, optional), overDot: true }),
    };
  });
}

function methods(type: ValueType | undefined, receiver: string): Choice[] {
  const known = /\.\?|\[\?|optional\./.test(receiver) ? "optional" : type;
  const seen = new Set<string>();
  return METHODS_OF.filter((m) => {
    if (known !== undefined && !m.on?.includes(known)) return false;
    return !seen.has(m.name) && seen.add(m.name);
  }).map((m) => called(m, m.name));
}

function called(f: ExprFunction, label: string): Choice {
  const binds = /^\((?:x|key|i, x|key, value), /.exec(f.call)?.[0];
  const insert = `${label}${binds ?? "("})`;
  return {
    label,
    kind: "function",
    detail: f.call,
    doc: f.doc,
    insert,
    back: f.call === "()" ? 0 : 1,
  };
}

function typeOf(value: Json | undefined): ValueType | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "object";
  return typeof value === "boolean" ? "bool" : (typeof value as "string" | "number");
}

function typeOfSchema(schema: Schema | undefined): ValueType | undefined {
  const types: Record<string, ValueType> = {
    ...{ string: "string", array: "list", object: "object" },
    ...{ integer: "number", number: "number", boolean: "bool" },
  };
  return typeof schema?.type === "string" ? types[schema.type] : undefined;
}

function valueText(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  if (value !== null && typeof value === "object") return "{…}";
  const text = JSON.stringify(value) ?? "";
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}
