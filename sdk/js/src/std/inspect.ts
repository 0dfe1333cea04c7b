import { host } from "../host.ts";

/** Writes values as a line of the log. */
export function inspect(values: unknown[]): string {
  return values.map(one).join(" ");
}

function one(v: unknown): string {
  if (typeof v === "string") return v;
  if (v instanceof Error) {
    const where = host.locate(v.stack ?? "");
    return `${v.name}: ${v.message}${where === "" ? "" : `\n${where}`}`;
  }
  if (typeof v === "object" && v !== null) {
    try {
      return JSON.stringify(v, plain()) ?? String(v);
    } catch (e) {
      return `[${(e as Error).message}]`;
    }
  }
  return typeof v === "function" ? `[function ${v.name}]` : String(v);
}

/** Gives what JSON leaves out or refuses. */
function plain() {
  const above = new Set<unknown>();
  return (_: string, v: unknown): unknown => {
    if (typeof v === "bigint") return `${v}n`;
    if (v instanceof Map) return Object.fromEntries(v);
    if (v instanceof Set) return [...v];
    if (v instanceof Error) return `${v.name}: ${v.message}`;
    if (typeof v !== "object" || v === null) return v;
    if (above.has(v)) return "[seen]";
    above.add(v);
    return v;
  };
}
