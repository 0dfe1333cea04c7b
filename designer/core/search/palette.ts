import type { NodeType } from "../flow/catalog";

/** Words that people type for what the catalog calls otherwise. */
const SYNONYMS: Record<string, string> = {
  "core.if": "condition branch decision else when",
  "core.switch": "case branch route decision",
  "core.set": "variable assign map fields transform compute",
  "core.foreach": "loop iterate each map items list",
  "core.table": "rules score criteria matrix decision weights sum",
  "core.repeat": "loop until poll again retry while",
  "core.wait": "sleep delay pause timer until later time",
  "core.approval": "approve ask human review gate permission confirm sign off",
  "core.form": "ask human input question fields survey",
  "core.code": "javascript script function typescript program compute",
  "core.respond": "answer reply return webhook http response",
  "core.stop": "end exit abort fail finish terminate",
  "trigger.webhook": "http hook request api alert start",
  "core.call": "sub-flow subflow workflow playbook run other reuse",
  "trigger.schedule": "cron timer clock daily hourly weekly time periodic",
  "trigger.flow": "sub-flow subflow called",
  "trigger.manual": "start button person run hand",
};

/** What a word for an action's effect finds. */
const EFFECTS: Record<NodeType["effect"], string> = {
  none: "compute local offline",
  read: "reads lookup query get find enrich",
  write: "writes changes create update send notify",
  destructive: "destructive delete isolate block disable contain",
};

/**
 * Node types that match every word of a query, the nearest first; of those that are as near,
 * the one that was used last. Recent is a list of types, the newest first.
 */
export function searchTypes(
  types: readonly NodeType[],
  query: string,
  recent: readonly string[] = [],
): NodeType[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const age = (type: NodeType) => {
    const at = recent.indexOf(type.type);
    return at < 0 ? recent.length : at;
  };
  return types
    .map((type, i) => ({ type, i, score: words.length === 0 ? 1 : scoreOf(type, words), age: age(type) }))
    .filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score || a.age - b.age || a.i - b.i)
    .map((found) => found.type);
}

function scoreOf(type: NodeType, words: string[]): number {
  let total = 0;
  for (const word of words) {
    const score = wordScore(type, word);
    if (score === 0) return 0;
    total += score;
  }
  return total;
}

function wordScore(type: NodeType, word: string): number {
  const name = type.name.toLowerCase();
  if (name === word) return 100;
  if (name.startsWith(word)) return 80;
  if (name.split(/\W+/).some((w) => w.startsWith(word))) return 60;
  if (type.type.toLowerCase().includes(word)) return 50;
  if ((SYNONYMS[type.type] ?? "").split(" ").some((w) => w.startsWith(word))) return 40;
  if (type.category.toLowerCase().startsWith(word)) return 30;
  if (type.kind === "action" && EFFECTS[type.effect].split(" ").some((w) => w.startsWith(word))) return 20;
  if (name.includes(word)) return 25;
  return type.description.toLowerCase().includes(word) ? 10 : 0;
}

/** Types under the headings of their categories, in the catalog's order. */
export function byCategory(types: readonly NodeType[]): { category: string; types: NodeType[] }[] {
  const groups = new Map<string, NodeType[]>();
  for (const type of types) groups.set(type.category, [...(groups.get(type.category) ?? []), type]);
  return [...groups].map(([category, items]) => ({ category, types: items }));
}
