import { History, Pin } from "lucide-react";
import { memo, type RefObject, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Flow } from "@/core/flow/document";
import { outlineOf } from "@/core/flow/outline";
import { RunContext, useRunCalmly } from "@/run/hooks";
import { isKept, isOver, type RunView } from "@/run/reduce";
import { durationText, shortId } from "@/ui/format";
import { Named } from "@/ui/Named";

interface Row {
  node: string;
  name: string;
  start: number;
  end: number | undefined;
  state: string;
  count: number;
  /** No pass of it ran here: it is left out of the times. */
  kept: boolean;
  /** Its output was given beforehand. */
  pinned: boolean;
}

/** One row a node: from its first pass's start to its last one's end, of those that ran in this run. */
function rowsOf(view: RunView, flow: Flow, place: ReadonlyMap<string, number>): Row[] {
  const names = new Map(flow.nodes.map((n) => [n.id, n.name || n.id]));
  const rows = new Map<string, Row>();
  for (const step of view.steps.values()) {
    if (step.startedAt === undefined || step.state === "skipped") continue;
    const kept = isKept(view, step);
    // A container of which some passes were kept goes on here.
    const start = kept ? step.startedAt : Math.max(step.startedAt, view.origin?.at ?? 0);
    const row = rows.get(step.node);
    if (row === undefined || (row.kept && !kept)) {
      rows.set(step.node, {
        node: step.node,
        name: names.get(step.node) ?? step.node,
        start,
        end: step.endedAt,
        state: step.state,
        count: (row?.count ?? 0) + 1,
        kept,
        pinned: step.pinned ?? false,
      });
      continue;
    }
    row.count++;
    row.pinned &&= step.pinned ?? false;
    if (kept && !row.kept) continue;
    row.start = Math.min(row.start, start);
    row.end =
      step.endedAt === undefined || row.end === undefined ? undefined : Math.max(row.end, step.endedAt);
    if (step.state === "failed" || step.state === "running") row.state = step.state;
  }
  // Steps that begin in one millisecond stand in the order of the flow.
  const at = (row: Row) => place.get(row.node) ?? place.size;
  return [...rows.values()].sort((a, b) => Math.round(a.start) - Math.round(b.start) || at(a) - at(b));
}

interface TimelineProps {
  flow: Flow;
  selected: ReadonlySet<string>;
  onOpen: (node: string) => void;
}

/** When each step of the run shown began and how long it took. */
export const Timeline = memo(function Timeline({ flow, selected, onOpen }: TimelineProps) {
  const store = useContext(RunContext);
  const summary = useRunCalmly();
  const now = useNow(summary !== undefined && !isOver(summary));
  // It is drawn anew with each event of a run, and the flow stays.
  const place = useMemo(() => new Map(outlineOf(flow).map((line, i) => [line.node.id, i])), [flow]);
  const list = useRef<HTMLUListElement>(null);
  const [first, end] = useWindow(list);
  const view = store.view;
  if (summary === undefined || view === undefined) return null;
  const rows = rowsOf(view, flow, place);
  if (rows.length === 0) return null;
  const ran = rows.filter((r) => !r.kept);
  const from = Math.min(summary.startedAt ?? Number.POSITIVE_INFINITY, ...ran.map((r) => r.start));
  const to = Math.max(summary.endedAt ?? now, ...ran.map((r) => r.end ?? now), from + 1);
  const percent = (at: number) => (100 * (at - from)) / (to - from);
  return (
    <ul
      ref={list}
      className="timeline"
      aria-label="Timeline"
      data-testid="timeline"
      style={{ paddingTop: first * ROW_PX, paddingBottom: Math.max(0, rows.length - end) * ROW_PX }}
    >
      {rows.slice(first, end).map((row) => (
        <li key={row.node}>
          <button
            type="button"
            className="timeline-row"
            aria-pressed={selected.has(row.node)}
            onClick={() => onOpen(row.node)}
          >
            <span className="timeline-name ellipsis">
              <Named text={row.name} />
              {row.count > 1 && ` ×${row.count}`}
            </span>
            {row.kept ? (
              <span className="timeline-kept">
                <History size={12} aria-hidden /> Kept from run {shortId(view.origin?.run ?? "")}
              </span>
            ) : row.pinned ? (
              <span className="timeline-kept">
                <Pin size={12} aria-hidden /> Pinned
              </span>
            ) : (
              <>
                <span className="timeline-track">
                  <span
                    className="timeline-bar"
                    data-state={row.state}
                    style={{
                      left: `${percent(row.start)}%`,
                      width: `max(5px, ${percent(row.end ?? now) - percent(row.start)}%)`,
                    }}
                  />
                </span>
                <span className="timeline-time">{durationText((row.end ?? now) - row.start)}</span>
              </>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
});

/** A row and the gap below it. */
const ROW_PX = 25;
/** Rows beyond the window that are there all the same, so that a scroll doesn't outrun them. */
const SPARE = 12;

/** Which rows of a list lie within the window of the browser, wherever it is scrolled. */
function useWindow(list: RefObject<HTMLElement | null>): [first: number, end: number] {
  const [first, setFirst] = useState(0);
  useEffect(() => {
    const look = () => {
      const above = -(list.current?.getBoundingClientRect().top ?? 0);
      // In steps, so that a scroll doesn't draw with each of its pixels.
      setFirst(Math.max(0, Math.floor(above / ROW_PX / SPARE) * SPARE - SPARE));
    };
    document.addEventListener("scroll", look, { capture: true, passive: true });
    return () => document.removeEventListener("scroll", look, { capture: true });
  }, [list]);
  return [first, first + Math.ceil(window.innerHeight / ROW_PX) + 3 * SPARE];
}

/** The time, ticking a few times a second while something runs. */
export function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
