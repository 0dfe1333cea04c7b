/** Words that CEL takes for something else than the name of a field. */
const TAKEN = new Set(["in", "true", "false", "null"]);

/** Whether a key can stand behind a dot. */
export function isName(key: string): boolean {
  return /^[A-Za-z_]\w*$/.test(key) && !TAKEN.has(key);
}

/** The expression of a field or an item of another expression. */
export function member(of: string, key: string | number, optional = false): string {
  const mark = optional ? "?" : "";
  if (typeof key === "number") return `${of}[${mark}${key}]`;
  return isName(key) ? `${of}.${mark}${key}` : `${of}[${mark}${JSON.stringify(key)}]`;
}
