import { CircleAlert, TriangleAlert } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { findIn, type Hit, type OutlineItem, outlineOf } from "@/core/flow/outline";
import { useNodeRun } from "@/run/hooks";
import { SearchBox } from "@/ui/Fields";
import { Tile } from "@/ui/icons";
import { Named, plainly } from "@/ui/Named";
import { Status } from "@/ui/Status";
import { deleteSelection } from "./actions";
import { useProblems } from "./bindings";
import { useFlow, useSession } from "./session";

/** The flow as a list to read and to work in with keys: the same model as the canvas. */
export function Outline() {
  const session = useSession();
  const flow = useFlow();
  const selected = session.view((s) => s.selected);
  const [query, setQuery] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const tree = useRef<HTMLDivElement>(null);
  const all = useMemo(() => outlineOf(flow), [flow]);
  const lines = useMemo(() => linesOf(all, closed, query), [all, closed, query]);
  const marks = useMarks();
  const current = lines.findIndex((l) => selected.has(l.item.node.id));
  const go = (at: number) => {
    const line = lines[Math.max(0, Math.min(at, lines.length - 1))];
    if (line === undefined) return;
    session.select([line.item.node.id]);
    session.reveal(line.item.node.id);
    tree.current?.querySelector<HTMLElement>(`[data-id="${line.item.node.id}"]`)?.focus();
  };
  const toggle = (id: string, close: boolean) => {
    const next = new Set(closed);
    if (close) next.add(id);
    else next.delete(id);
    setClosed(next);
  };
  const keys = (event: KeyboardEvent) => {
    const at = lines.findIndex((l) => l.item.node.id === (event.target as HTMLElement).dataset.id);
    const item = lines[at]?.item;
    if (item === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const parent = lines.findLastIndex((l, i) => i < at && l.item.level < item.level);
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(lines.length - 1);
    else if (event.key === "ArrowRight" && item.container)
      closed.has(item.node.id) ? toggle(item.node.id, false) : go(at + 1);
    else if (event.key === "ArrowLeft")
      item.container && !closed.has(item.node.id) ? toggle(item.node.id, true) : parent >= 0 && go(parent);
    else if (event.key === "Enter") session.enter(item.node.id);
    else if ((event.key === "Delete" || event.key === "Backspace") && !session.readOnly) {
      session.select([item.node.id]);
      deleteSelection(session);
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <SearchBox
        label="Find in this flow"
        className="palette-search"
        data-testid="outline-search"
        value={query}
        onChange={setQuery}
        onKeyDown={(e) => {
          if (e.key === "ArrowDown" || e.key === "Enter") go(0);
          else if (e.key === "Escape") setQuery("");
          else return;
          e.preventDefault();
        }}
      />
      <div
        className="palette-list outline"
        role="tree"
        aria-label="Nodes of this flow"
        ref={tree}
        onKeyDown={keys}
        data-testid="outline"
      >
        {lines.map((line, i) => (
          <Line
            key={line.item.node.id}
            line={line}
            selected={selected.has(line.item.node.id)}
            // The tree is one stop of the Tab key: arrows go on from there.
            stop={current < 0 ? i === 0 : i === current}
            open={line.item.container ? !closed.has(line.item.node.id) : undefined}
            mark={marks.get(line.item.node.id)}
          />
        ))}
        {lines.length === 0 && (
          <p className="palette-none muted">
            {all.length === 0 ? "Nothing is drawn yet." : "No node has that in it."}
          </p>
        )}
      </div>
    </>
  );
}

interface OutlineLine {
  item: OutlineItem;
  hit: Hit | undefined;
}

/** What is shown: of containers that are open, or, where something is looked for, all that has it. */
function linesOf(all: readonly OutlineItem[], closed: ReadonlySet<string>, query: string): OutlineLine[] {
  if (query.trim() !== "")
    return all.flatMap((item) => {
      const hit = findIn(item.node, query);
      return hit === undefined ? [] : [{ item, hit }];
    });
  let hiddenBelow = Number.POSITIVE_INFINITY;
  return all.flatMap((item) => {
    if (item.level > hiddenBelow) return [];
    hiddenBelow = closed.has(item.node.id) ? item.level : Number.POSITIVE_INFINITY;
    return [{ item, hit: undefined }];
  });
}

function useMarks(): ReadonlyMap<string, "error" | "warning"> {
  const problems = useProblems();
  return useMemo(() => {
    const marks = new Map<string, "error" | "warning">();
    for (const p of problems) if (p.node && marks.get(p.node) !== "error") marks.set(p.node, p.severity);
    return marks;
  }, [problems]);
}

interface LineProps {
  line: OutlineLine;
  selected: boolean;
  stop: boolean;
  open: boolean | undefined;
  mark: "error" | "warning" | undefined;
}

function Line({ line, selected, stop, open, mark }: LineProps) {
  const session = useSession();
  const { node, level } = line.item;
  const run = useNodeRun(node.id);
  const type = session.catalog.get(node.type);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
    <div
      role="treeitem"
      className="outline-line"
      data-id={node.id}
      data-testid={`outline-${node.id}`}
      aria-level={level}
      aria-selected={selected}
      {...(open === undefined ? {} : { "aria-expanded": open })}
      tabIndex={stop ? 0 : -1}
      style={{ paddingLeft: 6 + (line.hit === undefined ? (level - 1) * 16 : 0) }}
      onClick={() => session.show(node.id)}
    >
      <Tile type={node.type} icon={type?.icon} small />
      <span className="palette-text grow">
        <span className="palette-name">
          <Named text={node.name ?? node.id} />
        </span>
        <span className="palette-hint">
          {line.hit === undefined || line.hit.where === "name"
            ? node.type
            : plainly(`${line.hit.where}: ${line.hit.text}`)}
        </span>
      </span>
      {mark !== undefined && (
        <span className="card-problem" data-severity={mark}>
          {mark === "error" ? (
            <CircleAlert size={14} aria-label="has problems" />
          ) : (
            <TriangleAlert size={14} aria-label="has warnings" />
          )}
        </span>
      )}
      {run !== undefined && <Status state={run.state} bare size={14} />}
    </div>
  );
}
