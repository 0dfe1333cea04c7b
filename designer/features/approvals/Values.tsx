import { Fragment, useMemo, useState } from "react";
import type { Flow, Json } from "@/core/flow/document";
import { JsonTree } from "@/ui/JsonTree";
import type { More } from "@/ui/jsonRows";
import { Named, plainly } from "@/ui/Named";
import { NameLink, useNameOf } from "./names";
import { openParts, settled } from "./openParts";
import { linesOf, listText, wayOf } from "./valueLines";

/** How much of a text stands there before it is asked for. */
const LONG_TEXT = 400;
/** How many templates are named below a tree. */
const MOST_NAMED = 10;

const NONE: readonly string[] = [];

interface ValuesProps {
  value: Json;
  label: string;
  /** Pointers of the templates in it that have no value yet: never told by how a text looks. */
  open?: readonly string[] | undefined;
  /** Where the value has more than what is here. */
  cut?: readonly More[] | null | undefined;
  /** The flow that asks, where it may be read: its variables have their values from the start. */
  flow?: Flow | undefined;
}

/** What a question is about, a line for each value; much of it as a tree. Each by its type, so that none passes for another. */
export function Values({ value: given, label, open: unsettled = NONE, cut, flow }: ValuesProps) {
  const more = cut ?? [];
  const { value, open } = useMemo(() => settled(given, unsettled, flow), [given, unsettled, flow]);
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
            {open.includes(line.pointer) ? (
              <OpenValue template={String(line.value)} flow={flow} />
            ) : (
              <Value value={line.value} />
            )}
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

/** What is known only then, and the text around it; the code that computes it is read in the flow. */
function OpenValue({ template, flow }: { template: string; flow: Flow | undefined }) {
  return openParts(template, flow).map((part, i) => (
    <Fragment key={i}>
      {i > 0 && " "}
      {"text" in part ? (
        <Text text={part.text} />
      ) : (
        <span className="muted">
          known only then
          {part.from.length > 0 && `, from ${part.from.map((name) => `“${plainly(name)}”`).join(" and ")}`}
        </span>
      )}
    </Fragment>
  ));
}

function Value({ value }: { value: Json }) {
  const named = useNameOf(value);
  if (named !== undefined) return <NameLink of={named} />;
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
