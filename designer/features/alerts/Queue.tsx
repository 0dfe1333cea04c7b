import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { Alert } from "@/api/alerts";
import { Named, plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { ScoreMark, SeverityMark, standing } from "./words";

const ROW = 58;
/** From how many rows before the end on the next page is read. */
const AHEAD = 20;

interface QueueProps {
  items: readonly Alert[];
  active: number;
  chosen: ReadonlySet<string>;
  onActive: (index: number, opens: boolean) => void;
  onToggle: (index: number) => void;
  /** Does what a key is for; false where it is for nothing. */
  onKey: (key: string) => boolean;
  onMore: (() => void) | undefined;
}

/**
 * The alerts, of which only those are mounted that are seen. It is one stop of the Tab key: keys
 * go through it and act on the alert at hand, or on all that are selected.
 */
export function Queue({ items, active, chosen, onActive, onToggle, onKey, onMore }: QueueProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 10,
    getItemKey: (i) => items[i]?.id ?? i,
  });
  const seen = rows.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onMore !== undefined && last >= items.length - AHEAD) onMore();
  }, [last, items.length, onMore]);
  useEffect(() => {
    if (active >= 0) rows.scrollToIndex(active);
  }, [active, rows]);
  const keyed = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const moves: Record<string, number> = {
      j: active + 1,
      ArrowDown: active + 1,
      k: active - 1,
      ArrowUp: active - 1,
      Home: 0,
      End: items.length - 1,
      PageDown: active + 10,
      PageUp: active - 10,
    };
    const to = moves[e.key];
    if (to !== undefined) onActive(Math.min(Math.max(to, 0), items.length - 1), false);
    else if (e.key === "Enter") onActive(active, true);
    else if (e.key === "x" || e.key === " ") onToggle(active);
    else if (!onKey(e.key)) return;
    e.preventDefault();
  };
  const at = items[active];
  return (
    <div
      ref={box}
      className="alert-queue"
      role="listbox"
      aria-label="Alerts"
      aria-multiselectable
      aria-activedescendant={at && seen.some((r) => r.index === active) ? `alert-${at.number}` : undefined}
      tabIndex={0}
      onKeyDown={keyed}
      data-testid="alert-queue"
    >
      <div role="presentation" style={{ height: rows.getTotalSize(), position: "relative" }}>
        {seen.map((row) => {
          const a = items[row.index];
          if (a === undefined) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and names this one
            <div
              key={row.key}
              id={`alert-${a.number}`}
              role="option"
              aria-selected={chosen.has(a.id)}
              aria-setsize={items.length}
              aria-posinset={row.index + 1}
              className="alert-row"
              data-active={row.index === active || undefined}
              data-testid={`alert-${a.number}`}
              style={{ transform: `translateY(${row.start}px)`, height: ROW }}
              onClick={(e) => {
                const mark = (e.target as HTMLElement).closest(".alert-check") !== null;
                if (mark || e.shiftKey) onToggle(row.index);
                else onActive(row.index, true);
              }}
            >
              <span className="alert-check" aria-hidden data-on={chosen.has(a.id) || undefined} />
              <ScoreMark score={a.score} />
              <span className="alert-text">
                <span className="alert-title">
                  <Named text={a.title} />
                  {a.count > 1 && <span className="muted"> ×{a.count}</span>}
                </span>
                <span className="muted alert-sub">
                  #{a.number} · {plainly(a.source)}
                  {a.host ? ` · ${plainly(a.host)}` : ""}
                  {a.user ? ` · ${plainly(a.user)}` : ""} · {standing(a)}
                  {a.assignee === "" ? "" : ` · ${plainly(a.assignee)}`}
                </span>
              </span>
              <SeverityMark severity={a.severity} />
              <span className="muted alert-when">
                <Ago at={a.at} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
