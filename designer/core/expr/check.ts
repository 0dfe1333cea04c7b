import { Environment, ParseError } from "@marcbachmann/cel-js";
import { templateParts } from "../flow/references";
import { CALLABLE, FUNCTIONS, METHODS_OF, NAMESPACES } from "./functions";
import { nearest } from "./nearest";
import { type ExprScope, inLoop, readableSteps, unreadable } from "./scope";

/** Something wrong at a place of a text; the server stays the authority. */
export interface Fault {
  from: number;
  to: number;
  message: string;
}

const environment = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true });
/** Longer expressions are refused by the server; a browser need not parse them at each key. */
const LONGEST = 8192;

/** What can be told of a template without running it. Whatever this parser doesn't know, it passes over. */
export function faultsOfTemplate(text: string, scope?: ExprScope): Fault[] {
  let at = 0;
  return templateParts(text).flatMap((part) => {
    const start = at;
    at += part.text.length;
    if (part.code) return moved(faultsOfExpression(part.text.slice(2, -2), scope), start + 2);
    const open = part.text.indexOf("{{");
    if (open < 0) return [];
    return [{ from: start + open, to: start + open + 2, message: "this {{ is not closed by }}" }];
  });
}

export function faultsOfExpression(code: string, scope?: ExprScope): Fault[] {
  if (code.trim() === "") return [{ from: 0, to: code.length, message: "the expression is empty" }];
  if (code.length > LONGEST) return [];
  try {
    const reader = new Reader(scope);
    reader.visit(environment.parse(code).ast as unknown as Node, new Set());
    return reader.faults;
  } catch (error) {
    return error instanceof ParseError ? syntaxFaults(code, error) : [];
  }
}

function moved(faults: Fault[], by: number): Fault[] {
  return faults.map((f) => ({ ...f, from: f.from + by, to: f.to + by }));
}

/** The parser's message in the server's words; nothing where CEL knows more than this parser. */
function syntaxFaults(code: string, error: ParseError): Fault[] {
  const { start, end } = error.range ?? { start: 0, end: code.length };
  const at = code.slice(start, end);
  const fault = (message: string): Fault[] => [{ from: Math.min(start, code.length - 1), to: end, message }];
  switch (error.code) {
    case "unterminated_string":
      return fault("this text is not closed");
    case "invalid_escape_sequence":
      return fault(`${at} is not known in a text: write \\\\ for a backslash`);
    case "invalid_macro_argument":
      return fault("a name is expected here, for the item");
    case "reserved_identifier":
      return fault(`'${at}' can't be a name in expressions`);
    case "unexpected_token":
    case "unexpected_character":
    case "expected_token":
      if (at === "") return fault("the expression ends too early: a value is expected here");
      // Optional entries, quoted fields and messages are CEL that this parser lacks.
      return "?`{".includes(at) ? [] : fault(`'${at}' is not expected here`);
    default:
      return [];
  }
}

/** A node of the parser's tree, as far as it is read here. */
interface Node {
  op: string;
  args: unknown;
  start: number;
  end: number;
}

const DATA = new Set(["trigger", "steps", "vars", "item", "index", "attempt", "run", "flow"]);
const TYPES = new Set([
  ...["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"],
  ...["optional_type", "timestamp", "duration", "net", "google"],
]);
/** How many names a macro's first arguments bind. */
const BINDS: Record<string, number> = {
  ...{ map: 1, filter: 1, all: 1, exists: 1, exists_one: 1, existsOne: 1, sortBy: 1 },
  ...{ transformList: 2, transformMap: 2, transformMapEntry: 2, optMap: 1, optFlatMap: 1, bind: 1 },
};

/** Walks a tree for names that mean nothing. */
class Reader {
  readonly faults: Fault[] = [];
  readonly #scope: ExprScope | undefined;

  constructor(scope: ExprScope | undefined) {
    this.#scope = scope;
  }

  #report(node: Node, message: string, to = node.end): void {
    this.faults.push({ from: node.start, to, message });
  }

  visit(node: Node, bound: ReadonlySet<string>): void {
    if (node.op === "id") this.#name(node, String(node.args), bound);
    else if (node.op === "call") this.#call(node, bound);
    else if (node.op === "rcall") this.#method(node, bound);
    else if (!this.#step(node, bound)) for (const child of childrenOf(node.args)) this.visit(child, bound);
  }

  #name(node: Node, name: string, bound: ReadonlySet<string>): void {
    if (bound.has(name) || TYPES.has(name)) return;
    if (name === "steps") this.#report(node, "name the step: steps.<id>.output, .error or .state");
    else if (
      (name === "item" || name === "index" || name === "attempt") &&
      this.#scope !== undefined &&
      !inLoop(this.#scope)
    )
      this.#report(node, `${name} exists only inside a container`);
    else if (!DATA.has(name)) this.#report(node, unknown(name, [...bound, ...DATA, ...NAMESPACES]));
  }

  #call(node: Node, bound: ReadonlySet<string>): void {
    const [name, args] = node.args as [string, Node[]];
    if (!CALLABLE.has(name)) this.#report(node, unknown(name, GLOBALS), node.start + name.length);
    for (const arg of args) this.visit(arg, bound);
  }

  #method(node: Node, bound: ReadonlySet<string>): void {
    const [name, receiver, args] = node.args as [string, Node, Node[]];
    const named = receiver.op === "id" ? String(receiver.args) : "";
    const space = NAMESPACES.has(named) ? named : undefined;
    if (space === undefined) this.visit(receiver, bound);
    if (!CALLABLE.has(name)) this.#report(node, unknown(name, space === undefined ? METHODS : within(space)));
    const names = args.slice(0, BINDS[name] ?? 0).filter((a) => a.op === "id");
    const inner = new Set(bound);
    for (const n of names) {
      inner.add(String(n.args));
      if (DATA.has(String(n.args)))
        this.#report(n, `the name ${String(n.args)} belongs to the run's data; choose another for the loop`);
    }
    for (const arg of args) if (!names.includes(arg)) this.visit(arg, inner);
  }

  /** steps.ID or steps["ID"]: whether it was one, judged. */
  #step(node: Node, bound: ReadonlySet<string>): boolean {
    if (![".", ".?", "[]", "[?]"].includes(node.op)) return false;
    const [of, key] = node.args as [Node, string | Node];
    if (of.op !== "id" || of.args !== "steps" || bound.has("steps")) return false;
    const id = typeof key === "string" ? key : key.op === "value" ? key.args : undefined;
    if (typeof id !== "string") return false;
    if (this.#scope === undefined) return true;
    const message = unreadable(this.#scope, id);
    const steps = readableSteps(this.#scope).map((n) => n.id);
    if (message !== undefined) this.#report(node, message + meant(id, steps));
    return true;
  }
}

const METHODS = METHODS_OF.map((m) => m.name);
const GLOBALS = FUNCTIONS.map((f) => f.name).filter((name) => !name.includes("."));

function within(space: string): string[] {
  return FUNCTIONS.flatMap((f) => (f.name.startsWith(`${space}.`) ? f.name.slice(space.length + 1) : []));
}

function unknown(name: string, known: readonly string[]): string {
  return `the name '${name}' is unknown here${meant(name, known)}`;
}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

function childrenOf(args: unknown): Node[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return args !== null && typeof args === "object" && "op" in args ? [args as Node] : [];
}
