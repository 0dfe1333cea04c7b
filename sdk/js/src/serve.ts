import { type Accept, accepting } from "./accept.ts";
import { type Action, type Connector, manifestAction, manifestOf } from "./connector.ts";
import { type Call, contextOf } from "./context.ts";
import { ActionError } from "./error.ts";
import { type Answer, host } from "./host.ts";
import { forgetRandom } from "./random.ts";
import { forgetTimers, runTimer } from "./std/timers.ts";
import { validate } from "./validate.ts";

interface Request extends Call {
  connector?: string;
  action: string;
  input: unknown;
}

// Taken before any code of the author's could change them.
const { parse, stringify } = JSON;

let connectors: Connector[] = [];
const quick = new Map<Action, Accept | undefined>();
let answer: Answer;

/** Hands the connectors over to the sandbox. */
export function serve(exported: unknown): void {
  connectors = (Array.isArray(exported) ? exported : [exported]) as Connector[];
  if (connectors.length === 0 || connectors.some((c) => typeof c?.actions !== "object")) {
    throw new TypeError("the file's default export must be a connector({…}), or a list of them");
  }
  for (const c of connectors) {
    for (const a of Object.values(c.actions)) quick.set(a, accepting(a.input));
  }
  host.run = run;
  host.call = (request, fits) => call(request as Request, fits);
  host.pump = pump;
  host.text = (output) => textOfOutput(output[0]);
  host.inputs = inputs;
  host.warm = warm;
}

/** What the sandbox checks inputs by before it calls: [connector, action, schema]. */
function inputs(): string {
  return stringify(
    connectors.flatMap((c) => Object.entries(c.actions).map(([id, a]) => [c.id, id, a.input])),
  );
}

/** Runs one call, of which the sandbox knows only the text. */
function run(text: string): Answer {
  let request: Request;
  try {
    request = parse(text) as Request;
  } catch (e) {
    return failed(e);
  }
  return call(request, false);
}

/**
 * Runs one call; undefined says that its answer comes by pump. fits says that the
 * sandbox has seen that the input is as its schema says, with nothing to fill in.
 */
function call(request: Request, fits: boolean): Answer {
  answer = undefined;
  try {
    if (request.action === manifestAction) return [manifests()];
    const action = find(request);
    const input = fits ? request.input : checked(action, request.input ?? {});
    const result: unknown = action.run(input, contextOf(request));
    if (!isThenable(result)) return [result];
    Promise.resolve(result).then(
      (value) => {
        answer = [value];
      },
      (reason) => {
        answer = failed(reason);
      },
    );
    return undefined;
  } catch (e) {
    return failed(e);
  }
}

/** The input with its defaults, or the error of all its faults. */
function checked(action: Action, input: unknown): unknown {
  const accept = quick.get(action);
  return accept?.(input) ? input : validate(action.input, input);
}

function isThenable(v: unknown): boolean {
  return typeof v === "object" && v !== null && typeof (v as PromiseLike<unknown>).then === "function";
}

/** Called when no job of a promise is left: answers, or lets the next timer run. */
function pump(): Answer {
  if (answer !== undefined) return answer;
  try {
    if (runTimer()) return undefined;
  } catch (e) {
    return failed(e);
  }
  return failed(
    new ActionError(
      "internal",
      "the action's promise never settles: it waits for something that nothing is left to bring about",
    ),
  );
}

/** Runs the first example of the nth action that only computes; null ends it. */
function warm(n: number): Answer | null {
  forgetRandom();
  forgetTimers();
  const found = connectors
    .flatMap((c) => Object.entries(c.actions).map(([id, a]) => ({ connector: c.id, action: id, a })))
    .filter(({ a }) => (a.effect ?? "none") === "none" && a.examples?.[0] !== undefined)[n];
  if (found === undefined) {
    answer = undefined;
    return null;
  }
  const { connector, action, a } = found;
  // The sandbox says so where it ends badly.
  host.progress(`the example ${stringify(a.examples?.[0]?.name)} of ${connector}.${action}`);
  const where = { id: "", step: "", attempt: 1, key: "", dryRun: true };
  return run(stringify({ connector, action, input: a.examples?.[0]?.input, run: where }));
}

function find(request: Request) {
  for (const c of connectors) {
    if (request.connector !== c.id && (request.connector || connectors.length !== 1)) continue;
    if (Object.hasOwn(c.actions, request.action)) return c.actions[request.action] as Action;
  }
  const of = request.connector ?? "";
  throw new ActionError(
    "unknown_action",
    `this module has no action "${request.action}" of connector "${of}"`,
  );
}

function manifests(): unknown {
  const list = connectors.map(manifestOf);
  return list.length === 1 ? list[0] : list;
}

function textOfOutput(value: unknown): string {
  try {
    const text = stringify(value);
    if (text === undefined)
      throw new TypeError("the action returned nothing that has a JSON form: return an object");
    return `{"output":${text}}`;
  } catch (e) {
    return failed(e);
  }
}

/** The answer of an error. One without a code is a fault of the connector: its stack goes to the log. */
function failed(e: unknown): string {
  try {
    if (e instanceof ActionError) {
      const { code, message, retryable, retryAfter, details } = e;
      const error = {
        code,
        message: message || code,
        retryable: retryable || undefined,
        retryAfter,
        details,
      };
      return stringify({ error });
    }
    const stack = host.locate(stackOf(e));
    const text = textOf(e);
    host.log(3, stack === "" ? text : `${text}\n${stack}`);
    const first = stack.split("\n")[0]?.trim() ?? "";
    const outOfMemory = text === "InternalError: out of memory";
    return stringify({
      error: {
        code: outOfMemory ? "crashed" : "internal",
        message: `${text} ${first}`.trim() + (outOfMemory ? morePages : ""),
        details: stack === "" ? undefined : { stack },
      },
    });
  } catch {
    return '{"error":{"code":"internal","message":"the action threw something that can\'t be told"}}';
  }
}

const morePages = ": the action's memoryPages (of 64 KiB; 384 if left out, at most 1024) give it more";

function stackOf(e: unknown): string {
  return typeof e === "object" && e !== null ? String((e as Error).stack ?? "") : "";
}

function textOf(e: unknown): string {
  if (e instanceof Error) return `${e.name}: ${e.message}`;
  if (typeof e === "object" && e !== null) return `the action threw ${stringify(e)}`;
  return `the action threw ${String(e)}`;
}
