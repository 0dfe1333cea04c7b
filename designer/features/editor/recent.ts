const KEY = "drawbridge.recent-types";
const MOST = 12;

/** The types that were placed last in this browser, the newest first. */
export function recentTypes(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((t) => typeof t === "string").slice(0, MOST) : [];
  } catch {
    return []; // a browser that keeps nothing ranks by name alone
  }
}

/** Remembers that a type was placed. */
export function rememberType(type: string): void {
  try {
    localStorage.setItem(
      KEY,
      JSON.stringify([type, ...recentTypes().filter((t) => t !== type)].slice(0, MOST)),
    );
  } catch {
    // as above
  }
}
