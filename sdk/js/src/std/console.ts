import { host } from "../host.ts";
import { inspect } from "./inspect.ts";

/** A console that writes to the step's log. */
export function consoleOf() {
  const at =
    (level: number) =>
    (...what: unknown[]) =>
      host.log(level, inspect(what));
  return {
    debug: at(0),
    trace: at(0),
    log: at(1),
    info: at(1),
    warn: at(2),
    error: at(3),
    assert: (holds: unknown, ...what: unknown[]) => {
      if (!holds) host.log(3, inspect(["assertion failed:", ...what]));
    },
  };
}
