import type { Flow } from "./document";

/** Words of the expression language, which steps.<id> can't spell. */
export const RESERVED = new Set(["in", "true", "false", "null"]);
export const ID_PATTERN = /^[a-z][a-z0-9_]{0,62}$/;

/** A node id made from a label: "Parse the mail" gives parse_the_mail. */
export function idFromLabel(label: string): string {
  const plain = label
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+/, "")
    .replace(/_+$/, "")
    .slice(0, 40)
    .replace(/_+$/, "");
  return plain === "" || RESERVED.has(plain) ? `step${plain === "" ? "" : `_${plain}`}` : plain;
}

/** The wanted id, or the first of wanted_2, wanted_3… that is not taken. */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/_[0-9]{1,4}$/, "").slice(0, 58);
  for (let n = 2; ; n++) {
    const candidate = `${stem}_${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

export function takenIds(flow: Flow): Set<string> {
  return new Set([...flow.nodes, ...(flow.notes ?? []), ...(flow.groups ?? [])].map((part) => part.id));
}
