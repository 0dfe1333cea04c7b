/**
 * Signs that turn the direction of what follows, and signs that nobody sees: with them one name passes for
 * another. Joiners belong to scripts and emoji; behind a Latin letter or a digit they only hide.
 */
const SIGNS =
  /[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]|(?<=[\p{Script=Latin}\d])[\u200C\u200D]/gu;

/** A text of somebody's in which such signs are seen instead of obeyed. */
export function plainly(text: string): string {
  return text.replace(
    SIGNS,
    (sign) => `[U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

/** A name in any script: it runs in its own direction, and turns nothing beside it. */
export function Named({ text }: { text: string }) {
  return <bdi>{plainly(text)}</bdi>;
}
