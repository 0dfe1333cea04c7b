/** Characters of a source line that fit the narrowest panel. */
const WINDOW = 52;

/** A message in its parts: what is said, and the line at fault with its caret, where it brings them. */
export function messageParts(message: string): { text: string; source?: string } {
  const lines = message.split("\n");
  const caret = lines.at(-1) ?? "";
  const line = lines.at(-2);
  if (line === undefined || !/^\s*\^$/.test(caret)) return { text: message };
  return { text: lines.slice(0, -2).join(" "), source: windowed(line, caret.length - 1) };
}

/** The part of a line around its caret, with the caret under it. */
function windowed(line: string, at: number): string {
  const from = Math.max(0, Math.min(at - WINDOW / 2, line.length - WINDOW));
  const indent = from === 0 ? (/^\s*/.exec(line)?.[0].length ?? 0) : from;
  const start = Math.min(indent, at);
  const before = from > 0 ? "…" : "";
  const after = line.length > start + WINDOW ? "…" : "";
  const shown = before + line.slice(start, start + WINDOW) + after;
  return `${shown}\n${" ".repeat(before.length + at - start)}^`;
}

interface ProblemTextProps {
  message: string;
  fix?: string | undefined;
}

/** What is wrong and what mends it; the line of an expression stands beneath in monospace. */
export function ProblemText({ message, fix }: ProblemTextProps) {
  const { text, source } = messageParts(message);
  return (
    <>
      {text}
      {fix && <span className="muted"> — {fix}</span>}
      {source !== undefined && <code className="caret">{source}</code>}
    </>
  );
}
