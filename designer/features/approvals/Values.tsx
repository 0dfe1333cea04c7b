import { useState } from "react";
import type { Json } from "@/core/flow/document";
import { JsonTree } from "@/ui/JsonTree";
import type { More } from "@/ui/jsonRows";
import { Named, plainly } from "@/ui/Named";
import { linesOf, listText, type ValueLine, wayOf } from "./valueLines";

/** How much of a text stands there before it is asked for. */
const LONG_TEXT = 400;
/** How many templates are named below a tree. */
const MOST_NAMED = 10;

interface ValuesProps {
  value: Json;
  label: string;
  /** Pointers of the templates in it that have no value yet: never told by how a text looks. */
  open?: readonly string[] | undefined;
  /** Where the value has more than what is here. */
  cut?: readonly More[] | null | undefined;
}

/** What a question is about, a line for each value; much of it as a tree. Each by its type, so that none passes for another. */
export function Values({ value, label, open = [], cut }: ValuesProps) {
  const more = cut ?? [];
  const lines = linesOf(value, more);
  if (lines === undefined)
    return (
      <div className="question-tree">
        <JsonTree value={value} label={label} more={more} />
        {open.length > 0 && <OpenOnes open={open} />}
      </div>
    );
  return (
    <dl className="question-values" aria-label={plainly(label)}>
      {lines.map((line) => (
        <div key={line.pointer}>
          <dt>{plainly(line.label)}</dt>
          <dd dir="auto">
            <Value line={line} open={open.includes(line.pointer)} />
            <CutMark more={more.find((m) => m.pointer === line.pointer)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function OpenOnes({ open }: { open: readonly string[] }) {
  const left = open.length - MOST_NAMED;
  return (
    <p className="muted">
      Known only then: {plainly(open.slice(0, MOST_NAMED).map(wayOf).join(", "))}
      {left > 0 && ` and ${left} more`}
    </p>
  );
}

function Value({ line, open }: { line: ValueLine; open: boolean }) {
  const { value } = line;
  if (open)
    return (
      <>
        <code>{plainly(String(value))}</code> <span className="muted">is known only then</span>
      </>
    );
  if (typeof value === "string") return <Text text={value} />;
  if (Array.isArray(value)) return <span className="json-text">{plainly(listText(value))}</span>;
  const isNumber = typeof value === "number";
  return <span className={isNumber ? "json-number" : "json-word"}>{JSON.stringify(value)}</span>;
}

/** A text in quotes; of a long one the beginning, and the whole of what is here on a click. */
function Text({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const cut = text.length > LONG_TEXT && !whole;
  return (
    <span className="json-text">
      "<Named text={cut ? text.slice(0, LONG_TEXT) : text} />"
      {cut && (
        <>
          {" "}
          <button type="button" className="btn btn-small" onClick={() => setWhole(true)}>
            {(text.length - LONG_TEXT).toLocaleString("en")} characters more
          </button>
        </>
      )}
    </span>
  );
}

function CutMark({ more }: { more: More | undefined }) {
  if (more === undefined) return null;
  return (
    <span className="question-cut">
      {" "}
      cut: {more.more.toLocaleString("en")} more {more.of}
    </span>
  );
}
