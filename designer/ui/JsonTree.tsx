import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Copy, CornerDownLeft, Route } from "lucide-react";
import {
  createContext,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { IconButton } from "./Button";
import { CopyButton } from "./CopyButton";
import { SearchBox } from "./Fields";
import {
  hasLeaves,
  isBranch,
  type JsonLine,
  type JsonRow,
  jsonHits,
  jsonRows,
  type Key,
  type More,
  sizeOf,
} from "./jsonRows";
import { Named } from "./Named";

interface JsonTreeProps {
  value: unknown;
  /** The template of a value inside; undefined where no expression gives it. */
  template?: TemplateOf | undefined;
  label: string;
  /** Shows a search box above. */
  searchable?: boolean;
  /** For little room: single values come first, and what has more inside is folded. */
  compact?: boolean;
  /** Where the value has more than what is here. */
  more?: readonly More[] | null | undefined;
  /** Leads to the whole of a value that has more: a search ends at what is here. */
  whole?: ReactNode;
}

type TemplateOf = (keys: readonly Key[]) => string | undefined;

/** Where a form stands beside the data: puts the expression of a value into its field. */
export const TakeContext = createContext<((template: string) => void) | undefined>(undefined);

const NO_TEMPLATE: TemplateOf = () => undefined;
const NO_MORE: readonly More[] = [];
/** From so many lines on only those are mounted that are seen. */
const MANY = 200;
const LINE_PX = 24;
/** How many lines Page Down goes on. */
const PAGE = 20;
const LONG_TEXT = 2000;

/** Real data as a tree: keys, values by type, and what each is called in expressions. */
export function JsonTree({
  value,
  template = NO_TEMPLATE,
  label,
  searchable = true,
  compact = false,
  more,
  whole,
}: JsonTreeProps) {
  const [query, setQuery] = useState("");
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map());
  const left = useMemo(() => new Map((more ?? NO_MORE).map((m) => [m.pointer, m])), [more]);
  const text = query.trim().toLowerCase();
  const hits = useMemo(() => (text === "" ? undefined : jsonHits(value, text)), [value, text]);
  const rows = useMemo(
    () => jsonRows(value, { folds, hits, compact, more: left }),
    [value, folds, hits, compact, left],
  );
  const fold = (line: JsonLine) => setFolds((old) => new Map(old).set(line.at, line.open === false));
  return (
    <div className="json" data-compact={compact || undefined}>
      {searchable && hasLeaves(value, 8) && (
        <SearchBox
          label={`Search ${label.toLowerCase()}`}
          value={query}
          onChange={setQuery}
          className="json-search"
          onKeyDown={(e) => {
            // What is around is closed by the next one.
            if (e.key !== "Escape" || query === "") return;
            setQuery("");
            e.preventDefault();
            e.stopPropagation();
          }}
        />
      )}
      {hits !== undefined && left.size > 0 && <Beginning found={hits.size > 0} whole={whole} />}
      {hits !== undefined && hits.size === 0 ? (
        left.size === 0 && <p className="muted">Nothing found.</p>
      ) : rows.length > 0 ? (
        <Rows rows={rows} left={left} label={label} template={template} onFold={fold} />
      ) : (
        <Leaf value={value} left={left.get("")} />
      )}
    </div>
  );
}

/** Of a search in what is only the beginning of a value: that it was no more, and the way to the rest. */
function Beginning({ found, whole }: { found: boolean; whole: ReactNode }) {
  return (
    <div className="json-beginning" role="status" data-testid="searched-beginning">
      <p>
        {found
          ? "Only the beginning was searched."
          : "Not found in the beginning. The rest was not searched."}
      </p>
      {!found && whole}
    </div>
  );
}

interface RowsProps {
  rows: readonly JsonRow[];
  left: ReadonlyMap<string, More>;
  label: string;
  template: TemplateOf;
  onFold: (line: JsonLine) => void;
}

/**
 * The lines of a tree. It is one stop of the Tab key; arrows go through its lines, open and close
 * them, I inserts one into the form beside it, C copies its value and P what it is called.
 */
function Rows({ rows, left, label, template, onFold }: RowsProps) {
  const root = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string>();
  const wanted = useRef<string>(undefined);
  const at = Math.max(
    0,
    rows.findIndex((r) => r.at === active),
  );
  const { placed, height } = usePlaces(root, rows, at);
  useEffect(() => {
    if (wanted.current === undefined) return;
    root.current?.querySelector<HTMLElement>(`[data-at="${CSS.escape(wanted.current)}"]`)?.focus();
    wanted.current = undefined;
  });
  const go = (line: JsonRow | undefined) => {
    if (line === undefined) return;
    wanted.current = line.at;
    setActive(line.at);
  };
  return (
    <div
      ref={root}
      role="tree"
      aria-label={label}
      className="json-root"
      style={height === undefined ? undefined : { height, position: "relative" }}
      onKeyDown={(e) => treeKeys(e, rows, at, go)}
    >
      {placed.map(({ index, top, measure }) => {
        const row = rows[index] as JsonRow;
        const place = top === undefined ? {} : { ref: measure, style: { top }, className: "json-placed" };
        return (
          <div key={row.at} data-index={index} role="none" {...place}>
            {row.kind === "rest" ? (
              <p className="json-left json-rest" role="none" data-level={row.level} style={indent(row.level)}>
                {row.more.more.toLocaleString("en")} {row.more.of} more in the whole
              </p>
            ) : (
              <Line
                line={row}
                left={left.get(row.at)}
                cut={isCut(left, row.at)}
                path={template(row.keys)}
                tab={index === at}
                onFocus={() => setActive(row.at)}
                onFold={() => onFold(row)}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

function isCut(left: ReadonlyMap<string, More>, at: string): boolean {
  return left.size > 0 && (left.has(at) || [...left.keys()].some((pointer) => pointer.startsWith(`${at}/`)));
}

interface Placed {
  index: number;
  /** Where it stands, in pixels; undefined where all lines are there. */
  top?: number;
  measure?: (element: Element | null) => void;
}

/** Which lines are mounted: all of few; of many those that are seen, and the one that has the focus. */
function usePlaces(root: { current: HTMLElement | null }, rows: readonly JsonRow[], at: number) {
  const many = rows.length > MANY;
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [margin, setMargin] = useState(0);
  // Known from the first, lest lines go and come when a list is opened: the focus would go with them.
  // What stands above may have grown with any change.
  useLayoutEffect(() => {
    if (root.current === null) return;
    const found = scroller ?? scrollerOf(root.current);
    setScroller(found);
    if (!many) return;
    const above = root.current.getBoundingClientRect().top - found.getBoundingClientRect().top;
    setMargin(Math.round(above + found.scrollTop));
  });
  const virtual = useVirtualizer({
    count: many ? rows.length : 0,
    getScrollElement: () => scroller,
    estimateSize: () => LINE_PX,
    overscan: 10,
    scrollMargin: margin,
    getItemKey: (i) => rows[i]?.at ?? i,
    rangeExtractor: (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), Math.min(at, range.count - 1)])].sort((a, b) => a - b),
  });
  if (!many) return { placed: rows.map((_, index): Placed => ({ index })), height: undefined };
  const placed = virtual
    .getVirtualItems()
    .map((v): Placed => ({ index: v.index, top: v.start - margin, measure: virtual.measureElement }));
  return { placed, height: virtual.getTotalSize() };
}

/** What scrolls the tree: a part around it, else the page. */
function scrollerOf(element: HTMLElement): HTMLElement {
  for (let at = element.parentElement; at !== null; at = at.parentElement)
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  return document.documentElement;
}

function treeKeys(
  event: KeyboardEvent,
  rows: readonly JsonRow[],
  at: number,
  go: (row: JsonRow | undefined) => void,
): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const element = (event.target as HTMLElement).closest<HTMLElement>('[role="treeitem"]');
  const line = rows[at];
  if (element === null || line?.kind !== "line") return;
  const click = (selector: string) => element.querySelector<HTMLElement>(selector)?.click();
  const isLine = (row: JsonRow) => row.kind === "line";
  const after = rows.slice(at + 1).find(isLine);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "ArrowDown") go(after);
  else if (key === "ArrowUp") go(rows.slice(0, at).findLast(isLine));
  else if (key === "PageDown") go(rows.slice(0, at + PAGE + 1).findLast(isLine));
  else if (key === "PageUp") go(rows.slice(Math.max(0, at - PAGE)).find(isLine));
  else if (key === "Home") go(rows.find(isLine));
  else if (key === "End") go(rows.findLast(isLine));
  else if (key === "ArrowRight") line.open === false ? click(".json-fold") : line.open && go(after);
  else if (key === "ArrowLeft")
    line.open
      ? click(".json-fold")
      : go(rows.slice(0, at).findLast((r) => isLine(r) && r.level < line.level));
  else if (event.target === element && (key === "Enter" || key === " ")) click(".json-fold");
  else if (key === "i") click(".json-take");
  else if (key === "c") click(".json-copy");
  else if (key === "p") click(".json-path");
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function indent(level: number) {
  return { paddingLeft: level * 14 };
}

interface LineProps {
  line: JsonLine;
  left: More | undefined;
  /** It, or something in it, has more than what is here. */
  cut: boolean;
  path: string | undefined;
  /** Whether the Tab key comes here. */
  tab: boolean;
  onFocus: () => void;
  onFold: () => void;
}

function Line({ line, left, cut, path, tab, onFocus, onFold }: LineProps) {
  const { name, value, open } = line;
  const take = useContext(TakeContext);
  const drag = (event: DragEvent) => {
    event.dataTransfer.setData("text/plain", path ?? "");
    event.dataTransfer.effectAllowed = "copy";
  };
  return (
    <div
      className="json-line"
      role="treeitem"
      data-at={line.at}
      tabIndex={tab ? 0 : -1}
      aria-level={line.level}
      aria-posinset={line.place}
      aria-setsize={line.of}
      style={indent(line.level)}
      onFocus={onFocus}
      {...(take !== undefined && path !== undefined ? { draggable: true, onDragStart: drag } : {})}
      {...(open === undefined ? {} : { "aria-expanded": open })}
    >
      {open === undefined ? (
        <>
          <KeyName name={name} />
          <Leaf value={value} left={left} />
        </>
      ) : (
        <button type="button" className="json-fold" tabIndex={-1} onClick={onFold}>
          <ChevronRight size={12} aria-hidden />
          <KeyName name={name} />
          <span className="json-size">{sizeText(value, open, left?.more ?? 0)}</span>
        </button>
      )}
      <span className="json-tools">
        {take !== undefined && path !== undefined && (
          <IconButton
            label={`Insert ${path}`}
            className="json-take"
            tabIndex={-1}
            // The field keeps its caret until it takes the text.
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => take(path)}
          >
            <CornerDownLeft size={12} aria-hidden />
          </IconButton>
        )}
        {path !== undefined && (
          <CopyButton className="json-path" tabIndex={-1} what={path} text={path}>
            <Route size={12} aria-hidden />
          </CopyButton>
        )}
        <CopyButton
          className="json-copy"
          tabIndex={-1}
          what={`the ${cut ? "beginning" : "value"} of ${name}`}
          text={() => valueText(value)}
        >
          <Copy size={12} aria-hidden />
        </CopyButton>
      </span>
    </div>
  );
}

/** How many a list has, always; an object only while it is folded. */
function sizeText(value: unknown, open: boolean, more: number): string {
  if (!isBranch(value)) return "";
  const size = sizeOf(value) + more;
  if (Array.isArray(value)) return `[${size}]`;
  return open ? "" : `{${size}}`;
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function KeyName({ name }: { name: string }): ReactNode {
  return (
    <span className="json-key">
      <Named text={name} />
    </span>
  );
}

function Leaf({ value, left }: { value: unknown; left: More | undefined }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") {
    const empty = Array.isArray(value)
      ? "[]"
      : value !== null && typeof value === "object"
        ? "{}"
        : String(value);
    return <span className={typeof value === "number" ? "json-number" : "json-word"}>{empty}</span>;
  }
  const cut = value.length > LONG_TEXT && !whole;
  return (
    <span className="json-text">
      "<Named text={cut ? value.slice(0, LONG_TEXT) : value} />"
      {cut && (
        <button type="button" className="btn btn-small" onClick={() => setWhole(true)}>
          {value.length - LONG_TEXT} characters more
        </button>
      )}
      {left !== undefined && (
        <span className="json-left">{left.more.toLocaleString("en")} characters more in the whole</span>
      )}
    </span>
  );
}
