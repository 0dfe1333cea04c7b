/** What a list's address says, by its names there. */
export type Search = Record<string, string | undefined>;

/** The fields that a list has, each with its values where these are few. */
export type Fields = Record<string, readonly string[] | true>;

/** Of a filter what the list has, and what it has no longer, in words. */
export function fitted(filter: Search, fields: Fields): { kept: Record<string, string>; dropped: string[] } {
  const kept: Record<string, string> = {};
  const dropped: string[] = [];
  for (const [key, value] of Object.entries(filter)) {
    if (value === undefined || value === "") continue;
    const has = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (has === true || has?.includes(value)) kept[key] = value;
    else dropped.push(`${key}: ${value}`);
  }
  return { kept, dropped };
}

/** What of an address a view can keep: what is open beside the list stays out. */
export function pickOf(search: Search, fields: Fields): Record<string, string> {
  const known = Object.entries(search).filter(([key]) => Object.hasOwn(fields, key));
  return Object.fromEntries(known.filter((e): e is [string, string] => e[1] !== undefined && e[1] !== ""));
}

/** Whether two pick the same. */
export function same(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
