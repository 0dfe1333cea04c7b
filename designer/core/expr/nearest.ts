/** How many letters must change, be added, be dropped or swap places to turn one word into another. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? at(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(change, at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, swap));
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly number[][], i: number, j: number): number {
  return rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
}

/** The one of some words that was meant by a misspelt one; undefined where none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const most = word.length < 3 ? 0 : Math.min(3, Math.ceil(word.length / 4));
  let best: string | undefined;
  let least = most + 1;
  for (const known of new Set(words)) {
    if (known === word || Math.abs(known.length - word.length) > most) continue;
    const d = known.toLowerCase() === word.toLowerCase() ? 0 : distance(word, known);
    if (d < least) [best, least] = [known, d];
  }
  return best;
}
