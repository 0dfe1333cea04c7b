/** Signs that turn the direction of what follows: with them one name passes for another. */
const TURNS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** A text of somebody's in which signs that turn its direction are seen instead of obeyed. */
export function plainly(text: string): string {
  return text.replace(
    TURNS,
    (sign) => `[U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

/** A name in any script: it runs in its own direction, and turns nothing beside it. */
export function Named({ text }: { text: string }) {
  return <bdi>{plainly(text)}</bdi>;
}
