// How Microsoft Graph is spoken to.
import { type Context, fail, s } from "drawbridge";
import { type Ask, json, type Outside } from "../api.ts";

/** Where Graph is. */
export const root = "https://graph.microsoft.com/v1.0";

export const user = s.string({
  title: "User",
  description: "The user principal name, or the id.",
  minLength: 1,
  maxLength: 320,
  examples: ["reporter@corp.example"],
});
export const of = (name: string) => `${root}/users/${encodeURIComponent(name)}`;
/** A text in OData, in which quotes are doubled. */
export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Reads pages until there are enough; a page leads to the next, on the same host. */
export function rows(ctx: Context, url: string, most: number, query: Ask["query"], headers?: Ask["headers"]) {
  const out: Outside[] = [];
  let page = json(ctx, url, {
    query: { ...query, $top: Math.min(most, 100) },
    ...(headers === undefined ? {} : { headers }),
  });
  for (;;) {
    if (!Array.isArray(page.value)) throw fail("bad_answer", "Graph answered no value");
    out.push(...page.value);
    const next = page["@odata.nextLink"];
    if (next === undefined || out.length >= most)
      return { found: out.slice(0, most), more: next !== undefined || out.length > most };
    if (!String(next).startsWith(`${root}/`)) throw fail("bad_answer", "Graph's next page is elsewhere");
    page = json(ctx, next);
  }
}
