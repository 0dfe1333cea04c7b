/** Where this browser keeps who logged in last. */
const LAST_NAME = "drawbridge.name";

/** Who logged in here last; before that there is the first administrator alone. */
export function lastName(): string {
  try {
    return localStorage.getItem(LAST_NAME) ?? "admin";
  } catch {
    return ""; // a browser may refuse to keep anything
  }
}

/** Keeps who logged in, for the next time. */
export function keepName(name: string): void {
  try {
    localStorage.setItem(LAST_NAME, name);
  } catch {
    // The name is typed again then.
  }
}
