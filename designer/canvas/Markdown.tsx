import "./markdown.css";
import { Marked, type MarkedToken, type Token, type Tokens } from "marked";
import { createElement, Fragment, type ReactNode, useMemo } from "react";
import { plainly } from "@/ui/Named";

/** A text longer than this, or nested deeper, is shown as it is written. */
const MOST = 20_000;
const DEEPEST = 12;
/** The library reads what is nested by calling itself: this deep it is not asked to. */
const NESTED = /^[ \t]*(?:(?:[>*+-]|\d+[.)])[ \t]*){12}/m;

const linking = new Marked();
const quoting = new Marked({ tokenizer: { url: () => undefined, autolink: () => undefined } });

/**
 * A text in Markdown. Only its structure is taken from the library; every element is made here, so
 * that HTML in a text is shown as text, no picture is fetched, and a link leads to the web or a mailbox.
 * A text that quotes what came from outside makes no link of a bare address: it may be the attacker's.
 */
export function Markdown({ text, quotes = false }: { text: string; quotes?: boolean }) {
  const tokens = useMemo(() => read(text, quotes ? quoting : linking), [text, quotes]);
  if (tokens === undefined) return <p dir="auto">{text}</p>;
  return <>{render(tokens, 0)}</>;
}

/** A text that can't be read as Markdown is no reason to show nothing of the flow. */
function read(text: string, by: Marked): Token[] | undefined {
  if (text.length > MOST || NESTED.test(text)) return undefined;
  try {
    return by.lexer(text);
  } catch {
    return undefined;
  }
}

function render(tokens: readonly Token[] | undefined, depth: number): ReactNode {
  if (depth > DEEPEST) return tokens?.map((t) => t.raw).join("");
  return (tokens ?? []).map((token, i) => (
    <Fragment key={i}>{element(token as MarkedToken, depth)}</Fragment>
  ));
}

function element(token: MarkedToken, depth: number): ReactNode {
  const inner = () => render("tokens" in token ? token.tokens : undefined, depth + 1);
  switch (token.type) {
    case "heading":
      // A note lies below the headings of the page.
      return createElement(`h${Math.min(token.depth + 2, 6)}`, { dir: "auto" }, inner());
    case "paragraph":
      return <p dir="auto">{inner()}</p>;
    case "text":
      return token.tokens === undefined ? plainly(token.text) : inner();
    case "strong":
      return <strong>{inner()}</strong>;
    case "em":
      return <em>{inner()}</em>;
    case "del":
      return <del>{inner()}</del>;
    case "codespan":
      return <code dir="ltr">{plainly(token.text)}</code>;
    case "code":
      return (
        <pre dir="ltr">
          <code>{plainly(token.text)}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote dir="auto">{inner()}</blockquote>;
    case "list":
      return listOf(token, depth);
    case "link":
      return linkOf(token, inner());
    case "image":
      return token.text;
    case "table":
      return tableOf(token, depth);
    case "br":
      return <br />;
    case "hr":
      return <hr />;
    case "escape":
      return token.text;
    case "space":
    case "def":
      return null;
    default:
      return token.raw;
  }
}

function listOf(list: Tokens.List, depth: number): ReactNode {
  const items = list.items.map((item, i) => (
    <li key={i} dir="auto" className={item.task ? "task" : undefined}>
      {item.task && (
        <input
          type="checkbox"
          checked={item.checked === true}
          disabled
          aria-label={item.checked ? "Done" : "To do"}
        />
      )}
      {render(
        item.tokens.filter((t) => t.type !== "checkbox"),
        depth + 1,
      )}
    </li>
  ));
  return list.ordered ? <ol start={list.start === "" ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>;
}

/** What a link is called and where it leads are its author's words: where they differ, the place is said. */
function linkOf({ href, text }: Tokens.Link, inner: ReactNode): ReactNode {
  if (!URL.canParse(href)) return inner;
  const url = new URL(href);
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return inner;
  return (
    <a
      href={href}
      title={plainly(href)}
      target="_blank"
      rel="noopener noreferrer"
      className="nodrag nopan nokey"
    >
      {inner}
      {!saysItself(text, url) && <bdi className="link-place"> ({placeOf(url)})</bdi>}
    </a>
  );
}

/** The host, or the mailbox. */
function placeOf(url: URL): string {
  return plainly(url.protocol === "mailto:" ? url.pathname : url.host);
}

/** Whether a link's text names the same place: an address that is written out. What stands before an @ may pass for a host. */
function saysItself(text: string, url: URL): boolean {
  if (url.protocol === "mailto:") return text.replace(/^mailto:/, "") === url.pathname;
  if (url.username !== "" || url.password !== "") return false;
  const written = /^https?:/i.test(text) ? text : `https://${text}`;
  return URL.canParse(written) && new URL(written).host === url.host;
}

function tableOf(table: Tokens.Table, depth: number): ReactNode {
  const cells = (row: readonly Tokens.TableCell[], as: "th" | "td") =>
    row.map((cell, i) =>
      createElement(
        as,
        { key: i, dir: "auto", style: cell.align === null ? undefined : { textAlign: cell.align } },
        render(cell.tokens, depth + 1),
      ),
    );
  return (
    <table>
      <thead>
        <tr>{cells(table.header, "th")}</tr>
      </thead>
      <tbody>
        {table.rows.map((row, i) => (
          <tr key={i}>{cells(row, "td")}</tr>
        ))}
      </tbody>
    </table>
  );
}
