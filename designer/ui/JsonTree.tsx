import { ChevronRight, Copy, CornerDownLeft } from "lucide-react";
import {
  createContext,
  type DragEvent,
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  useContext,
  useMemo,
  useRef,
  useState,
} from "react";
import { IconButton } from "./Button";
import { copyToClipboard } from "./download";
import { SearchBox } from "./Fields";
import { Named } from "./Named";
import { toast } from "./Toasts";

interface JsonTreeProps {
  value: unknown;
  /** The template of a value inside; where there is none the value itself is copied. */
  template?: TemplateOf | undefined;
  label: string;
  /** Shows a search box above. */
  searchable?: boolean;
  /** For little room: single values come first, and what has more inside is folded. */
  compact?: boolean;
  /** Where the value has more than what is here, by RFC 6901 pointers. */
  more?: readonly More[] | null | undefined;
}

interface More {
  pointer: string;
  more: number;
  of: string;
}

/** What is left out, by the place in the tree. */
const MoreContext = createContext<ReadonlyMap<string, More>>(new Map());

/** Where a form stands beside the data: puts the expression of a value into its field. */
export const TakeContext = createContext<((template: string) => void) | undefined>(undefined);

type Key = string | number;
type TemplateOf = (keys: readonly Key[]) => string | undefined;

const NO_TEMPLATE: TemplateOf = () => undefined;
const MANY = 100;
const LONG_TEXT = 2000;

/** Real data as a tree: keys, values by type, and what each is called in expressions. */
export function JsonTree({
  value,
  template = NO_TEMPLATE,
  label,
  searchable = true,
  compact = false,
  more,
}: JsonTreeProps) {
  const left = useMemo(
    () =>
      new Map((more ?? []).map((m) => [m.pointer.replaceAll("~1", "/").replaceAll("~0", "~"), m] as const)),
    [more],
  );
  const [query, setQuery] = useState("");
  const hits = useMemo(
    () => (query.trim() === "" ? undefined : search(value, query.trim().toLowerCase())),
    [value, query],
  );
  const large = searchable && isBranch(value) && countLeaves(value, 8) >= 8;
  return (
    <MoreContext.Provider value={left}>
      <div className="json" data-compact={compact || undefined}>
        {large && (
          <SearchBox
            label={`Search ${label.toLowerCase()}`}
            value={query}
            onChange={setQuery}
            className="json-search"
          />
        )}
        {hits !== undefined && hits.size === 0 ? (
          <p className="muted">Nothing found.</p>
        ) : isBranch(value) && size(value) > 0 ? (
          <Root label={label}>
            <Entries value={value} template={template} keys={[]} hits={hits} compact={compact} />
          </Root>
        ) : (
          <Leaf value={value} at="" />
        )}
      </div>
    </MoreContext.Provider>
  );
}

/** A tree is one stop of the Tab key; arrows go through its lines, open and close them, I inserts one into the form beside it, and C copies one. */
function Root({ label, children }: { label: string; children: ReactNode }) {
  const root = useRef<HTMLUListElement>(null);
  const last = useRef<HTMLElement | null>(null);
  const [inside, setInside] = useState(false);
  const lines = () => [...(root.current?.querySelectorAll<HTMLElement>('[role="treeitem"]') ?? [])];
  const focus = (event: FocusEvent) => {
    setInside(true);
    const line = (event.target as HTMLElement).closest<HTMLElement>('[role="treeitem"]');
    if (line !== null) last.current = line;
    else (last.current?.isConnected ? last.current : lines()[0])?.focus();
  };
  return (
    <ul
      ref={root}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a list whose lines open and close is a tree
      role="tree"
      aria-label={label}
      className="json-root"
      // Within the tree its lines have the focus, and Shift+Tab must not come back to the tree itself.
      tabIndex={inside ? -1 : 0}
      onFocus={focus}
      onBlur={(e) => root.current?.contains(e.relatedTarget) || setInside(false)}
      onKeyDown={(e) => treeKeys(e, lines())}
    >
      {children}
    </ul>
  );
}

function treeKeys(event: KeyboardEvent, lines: HTMLElement[]): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const line = (event.target as HTMLElement).closest<HTMLElement>('[role="treeitem"]');
  if (line === null) return;
  const at = lines.indexOf(line);
  const fold = line.querySelector<HTMLElement>(".json-fold");
  const open = line.getAttribute("aria-expanded");
  const level = Number(line.ariaLevel);
  const parent = () => lines.slice(0, at).findLast((l) => Number(l.ariaLevel) < level);
  const onLine = event.target === line;
  if (event.key === "ArrowDown") lines[at + 1]?.focus();
  else if (event.key === "ArrowUp") lines[at - 1]?.focus();
  else if (event.key === "Home") lines[0]?.focus();
  else if (event.key === "End") lines.at(-1)?.focus();
  else if (event.key === "ArrowRight")
    open === "false" ? fold?.click() : open === "true" && lines[at + 1]?.focus();
  else if (event.key === "ArrowLeft") open === "true" ? fold?.click() : parent()?.focus();
  else if (onLine && (event.key === "Enter" || event.key === " ")) fold?.click();
  else if (event.key.toLowerCase() === "i") line.querySelector<HTMLElement>(".json-take")?.click();
  else if (event.key.toLowerCase() === "c") line.querySelector<HTMLElement>(".json-copy")?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

type Branch = unknown[] | Record<string, unknown>;

function isBranch(value: unknown): value is Branch {
  return value !== null && typeof value === "object";
}

function size(value: Branch): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

function entriesOf(value: Branch): [string, unknown][] {
  return Array.isArray(value) ? value.map((v, i) => [String(i), v]) : Object.entries(value);
}

function countLeaves(value: unknown, enough: number): number {
  if (!isBranch(value)) return 1;
  let n = 0;
  for (const [, v] of entriesOf(value)) {
    n += countLeaves(v, enough - n);
    if (n >= enough) break;
  }
  return n;
}

/** The branches and leaves that hold a text, as a set of the objects on the way and of their keys. */
function search(value: unknown, text: string): Set<string> {
  const found = new Set<string>();
  const visit = (v: unknown, at: string, key: string): boolean => {
    let hit = key.toLowerCase().includes(text);
    if (isBranch(v)) for (const [k, child] of entriesOf(v)) hit = visit(child, `${at}/${k}`, k) || hit;
    else hit ||= String(v).toLowerCase().includes(text);
    if (hit) found.add(at);
    return hit;
  };
  if (isBranch(value)) for (const [k, child] of entriesOf(value)) visit(child, `/${k}`, k);
  return found;
}

interface EntriesProps {
  value: Branch;
  template: TemplateOf;
  keys: readonly Key[];
  hits: Set<string> | undefined;
  compact: boolean;
  at?: string;
}

function Entries({ value, template, keys, hits, compact, at = "" }: EntriesProps) {
  const [shown, setShown] = useState(MANY);
  const list = Array.isArray(value);
  const all = entriesOf(value).filter(([k]) => hits === undefined || hits.has(`${at}/${k}`));
  if (compact && !list) all.sort(([, a], [, b]) => Number(isBranch(a)) - Number(isBranch(b)));
  return (
    <>
      {all.slice(0, shown).map(([key, item]) => (
        <Entry
          key={key}
          name={key}
          value={item}
          template={template}
          keys={[...keys, list ? Number(key) : key]}
          hits={hits}
          compact={compact}
          at={`${at}/${key}`}
        />
      ))}
      {all.length > shown && (
        <li role="none">
          <button type="button" className="btn btn-small" onClick={() => setShown(shown + 10 * MANY)}>
            {all.length - shown} more
          </button>
        </li>
      )}
      <LeftOut at={at} />
    </>
  );
}

interface EntryProps {
  name: string;
  value: unknown;
  template: TemplateOf;
  /** The way to it, its own name last. */
  keys: readonly Key[];
  hits: Set<string> | undefined;
  compact: boolean;
  at: string;
}

function Entry({ name, value, template, keys, hits, compact, at }: EntryProps) {
  const branch = isBranch(value) && size(value) > 0;
  const [open, setOpen] = useState(!compact && keys.length < 3 && (!isBranch(value) || size(value) <= 30));
  const unfolded = hits !== undefined || open;
  const take = useContext(TakeContext);
  const left = useContext(MoreContext).get(at);
  const path = template(keys);
  const drag = (event: DragEvent) => {
    event.dataTransfer.setData("text/plain", path ?? "");
    event.dataTransfer.effectAllowed = "copy";
    event.stopPropagation();
  };
  return (
    <li className="json-entry" role="none">
      <div
        className="json-line"
        role="treeitem"
        tabIndex={-1}
        aria-level={keys.length}
        {...(take !== undefined && path !== undefined ? { draggable: true, onDragStart: drag } : {})}
        {...(branch ? { "aria-expanded": unfolded } : {})}
      >
        {branch ? (
          <button type="button" className="json-fold" tabIndex={-1} onClick={() => setOpen(!open)}>
            <ChevronRight size={12} aria-hidden />
            <KeyName name={name} />
            <span className="json-size">
              {Array.isArray(value)
                ? `[${size(value) + (left?.more ?? 0)}]`
                : unfolded
                  ? ""
                  : `{${size(value) + (left?.more ?? 0)}}`}
            </span>
          </button>
        ) : (
          <>
            <KeyName name={name} />
            <Leaf value={value} at={at} />
          </>
        )}
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
        <CopyButton name={name} value={value} template={path} />
      </div>
      {branch && unfolded && (
        // biome-ignore lint/a11y/useSemanticElements: the lines below one of a tree
        <ul role="group">
          <Entries value={value} template={template} keys={keys} hits={hits} compact={compact} at={at} />
        </ul>
      )}
    </li>
  );
}

interface CopyButtonProps {
  name: string;
  value: unknown;
  template: string | undefined;
}

/** Copies what an expression field takes, or the value where no expression gives it. */
function CopyButton({ name, value, template }: CopyButtonProps) {
  const text = template ?? (typeof value === "string" ? value : JSON.stringify(value, null, 2));
  const copy = async () => {
    const done = await copyToClipboard(text);
    const what = template === undefined ? `the value of ${name}` : template;
    toast(done ? "ok" : "fail", done ? `Copied ${what}` : "The browser refused to copy.");
  };
  return (
    <IconButton
      label={template === undefined ? `Copy the value of ${name}` : `Copy ${template}`}
      className="json-copy"
      tabIndex={-1}
      onClick={() => void copy()}
    >
      <Copy size={12} aria-hidden />
    </IconButton>
  );
}

function KeyName({ name }: { name: string }): ReactNode {
  return (
    <span className="json-key">
      <Named text={name} />
    </span>
  );
}

/** How much a list or an object has that is not here. */
function LeftOut({ at }: { at: string }) {
  const left = useContext(MoreContext).get(at);
  if (left === undefined) return null;
  return (
    <li role="none" className="json-left">
      {left.more.toLocaleString("en")} {left.of} more in the whole
    </li>
  );
}

function Leaf({ value, at }: { value: unknown; at: string }) {
  const left = useContext(MoreContext).get(at);
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
