import { CircleAlert, Group, TriangleAlert } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { groupStyle } from "@/canvas/groupColors";
import { groupChosen } from "@/core/commands/groups";
import type { Flow, FlowGroup, FlowNode } from "@/core/flow/document";
import { findIn, groupedOutline, type Hit } from "@/core/flow/outline";
import { useNodeRun } from "@/run/hooks";
import { SearchBox } from "@/ui/Fields";
import { Tile } from "@/ui/icons";
import { Named, plainly } from "@/ui/Named";
import { Status } from "@/ui/Status";
import { deleteSelection } from "./actions";
import { useProblems } from "./bindings";
import { focusGroup, showGroup, ungroupSelection } from "./grouping";
import type { EditorSession } from "./session";
import { useFlow, useSession } from "./useSession";

/** A line of the outline: a node, or a group with its nodes below. */
interface Row {
  id: string;
  level: number;
  node?: FlowNode;
  group?: FlowGroup;
  /** Whether lines lie below it. */
  holds: boolean;
  hit?: Hit;
}

/** The flow as a list to read and to work in with keys: the same model as the canvas. */
export function Outline() {
  const session = useSession();
  const flow = useFlow();
  const selected = session.view((s) => s.selected);
  const [query, setQuery] = useState("");
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const tree = useRef<HTMLDivElement>(null);
  const all = useMemo(() => rowsOf(flow), [flow]);
  // Until one opens or closes it here, a container is as it is on the canvas.
  const closed = useMemo(
    () => new Set(all.filter((r) => toggled.get(r.id) ?? r.node?.collapsed === true).map((r) => r.id)),
    [all, toggled],
  );
  const rows = useMemo(() => visibleRows(all, closed, query), [all, closed, query]);
  const marks = useMarks();
  const chosen = groupChosen(flow, selected)?.id;
  const isChosen = (row: Row) => (chosen === undefined ? selected.has(row.id) : row.id === chosen);
  const current = rows.findIndex(isChosen);
  const go = (at: number) => {
    const row = rows[Math.max(0, Math.min(at, rows.length - 1))];
    if (row === undefined) return;
    session.select(row.group?.nodes ?? [row.id]);
    session.reveal(row.group?.nodes[0] ?? row.id);
    tree.current?.querySelector<HTMLElement>(`[data-id="${row.id}"]`)?.focus();
  };
  const toggle = (id: string, close: boolean) => setToggled(new Map([...toggled, [id, close]]));
  const keys = (event: KeyboardEvent) => {
    const at = rows.findIndex((r) => r.id === (event.target as HTMLElement).dataset.id);
    const row = rows[at];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const parent = rows.findLastIndex((r, i) => i < at && r.level < row.level);
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(rows.length - 1);
    else if (event.key === "ArrowRight" && row.holds) closed.has(row.id) ? toggle(row.id, false) : go(at + 1);
    else if (event.key === "ArrowLeft")
      row.holds && !closed.has(row.id) ? toggle(row.id, true) : parent >= 0 && go(parent);
    else if (event.key === "Enter") enter(session, row);
    else if (event.key === "F2" && row.group !== undefined && !session.readOnly)
      session.view.setState({ writing: row.id });
    else if ((event.key === "Delete" || event.key === "Backspace") && !session.readOnly) {
      session.select(row.group?.nodes ?? [row.id]);
      // A group is its frame: its nodes are lines of their own.
      row.group === undefined ? deleteSelection(session) : ungroupSelection(session);
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
        {rows.map((row, i) => {
          const place = {
            selected: isChosen(row),
            // The tree is one stop of the Tab key: arrows go on from there.
            stop: current < 0 ? i === 0 : i === current,
            open: row.holds ? !closed.has(row.id) : undefined,
          };
          return row.group === undefined ? (
            row.node && (
              <NodeLine key={row.id} {...place} row={row} node={row.node} mark={marks.get(row.id)} />
            )
          ) : (
            <GroupLine key={row.id} {...place} row={row} group={row.group} />
          );
        })}
        {rows.length === 0 && (
          <p className="palette-none muted">
            {all.length === 0 ? "Nothing is drawn yet." : "No node has that in it."}
          </p>
        )}
      </div>
    </>
  );
}

/** What Enter and a click do: a node is opened, a group gone to. */
function enter(session: EditorSession, row: Row): void {
  if (row.group === undefined) session.enter(row.id);
  else {
    showGroup(session, row.group);
    focusGroup(row.id);
  }
}

function rowsOf(flow: Flow): Row[] {
  return groupedOutline(flow).map((line) =>
    "group" in line
      ? { id: line.group.id, level: line.level, group: line.group, holds: true }
      : { id: line.node.id, level: line.level, node: line.node, holds: line.container },
  );
}

/** What is shown: of containers that are open, or, where something is looked for, all that has it. */
function visibleRows(all: readonly Row[], closed: ReadonlySet<string>, query: string): Row[] {
  const q = query.trim().toLowerCase();
  if (q !== "")
    return all.flatMap((row) => {
      if (row.group !== undefined)
        return row.group.name.toLowerCase().includes(q) ? [{ ...row, holds: false }] : [];
      const hit = row.node && findIn(row.node, query);
      return hit === undefined ? [] : [{ ...row, holds: false, hit }];
    });
  let hiddenBelow = Number.POSITIVE_INFINITY;
  return all.filter((row) => {
    if (row.level > hiddenBelow) return false;
    hiddenBelow = closed.has(row.id) ? row.level : Number.POSITIVE_INFINITY;
    return true;
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
  row: Row;
  selected: boolean;
  stop: boolean;
  open: boolean | undefined;
}

/** What a line of the tree is, whatever it shows. */
function lineProps({ row, selected, open }: LineProps) {
  return {
    className: "outline-line",
    "data-id": row.id,
    "data-testid": `outline-${row.id}`,
    "aria-level": row.level,
    "aria-selected": selected,
    ...(open === undefined ? {} : { "aria-expanded": open }),
    style: { paddingLeft: 6 + (row.hit === undefined ? (row.level - 1) * 16 : 0) },
  } as const;
}

function NodeLine({
  mark,
  node,
  ...line
}: LineProps & { node: FlowNode; mark: "error" | "warning" | undefined }) {
  const session = useSession();
  const { hit } = line.row;
  const run = useNodeRun(node.id);
  const type = session.catalog.get(node.type);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
    <div
      role="treeitem"
      tabIndex={line.stop ? 0 : -1}
      {...lineProps(line)}
      onClick={() => session.show(node.id)}
    >
      <Tile type={node.type} icon={type?.icon} small />
      <span className="palette-text grow">
        <span className="palette-name">
          <Named text={node.name ?? node.id} />
        </span>
        <span className="palette-hint">
          {hit === undefined || hit.where === "name" ? node.type : plainly(`${hit.where}: ${hit.text}`)}
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

function GroupLine({ group, ...line }: LineProps & { group: FlowGroup }) {
  const session = useSession();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
    <div
      role="treeitem"
      tabIndex={line.stop ? 0 : -1}
      {...lineProps(line)}
      onClick={() => showGroup(session, group)}
    >
      <span className="outline-group" style={groupStyle(group.color)} aria-hidden>
        <Group size={15} />
      </span>
      <span className="palette-text grow">
        <span className="palette-name">
          <Named text={group.name} />
        </span>
        <span className="palette-hint">group of {group.nodes.length}</span>
      </span>
    </div>
  );
}
