/**
 * How well texts answer a query: each of its words must be found in one of them, and it
 * counts more at the begin of a name than within. 0 is not at all.
 */
export function wordsScore(query: string, name: string, more = ""): number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  let total = 1;
  for (const word of words) {
    const score = wordScore(word, name.toLowerCase(), more.toLowerCase());
    if (score === 0) return 0;
    total += score;
  }
  return total;
}

function wordScore(word: string, name: string, more: string): number {
  if (name.startsWith(word)) return 80;
  if (name.split(/[^\p{L}\p{N}]+/u).some((w) => w.startsWith(word))) return 60;
  if (name.includes(word)) return 30;
  if (more.split(/[^\p{L}\p{N}]+/u).some((w) => w.startsWith(word))) return 20;
  return more.includes(word) ? 10 : 0;
}
