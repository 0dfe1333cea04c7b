import { Dialog as Base } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { type Link, useNavigate } from "@tanstack/react-router";
import { type ComponentProps, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { flowsQuery, runsQuery } from "@/api/queries";
import { wordsScore } from "@/core/search/words";
import { commandsNow, type UiCommand } from "@/ui/commands";
import { SearchBox } from "@/ui/Fields";
import { shortId } from "@/ui/format";
import { Named } from "@/ui/Named";
import { useDebounced } from "@/ui/useDebounced";

/** The most of one heading; of what is typed about the best come first. */
const MOST = 8;
/** Runs are looked for by what is at least so long: the end of an id has six digits. */
const RUN_QUERY = 4;

interface Page {
  to: NonNullable<ComponentProps<typeof Link>["to"]>;
  label: string;
  words?: string;
}

/** Pages that have no entry of their own beside the screen, with what people call them. */
const SETTINGS: readonly Page[] = [
  { to: "/templates", label: "Templates", words: "new flow from a template create library example begin" },
  { to: "/settings/profile", label: "Settings: profile", words: "account password log out me dark theme" },
  { to: "/settings/users", label: "Settings: people", words: "users invite roles disable" },
  { to: "/settings/credentials", label: "Settings: credentials", words: "secrets keys passwords" },
  { to: "/settings/tokens", label: "Settings: API tokens", words: "key access" },
  { to: "/settings/audit", label: "Settings: audit log", words: "who did what history" },
];

interface CommandMenuProps {
  pages: readonly Page[];
  onClose: () => void;
  /** Shows the sheet of keys. */
  onKeys: () => void;
}

/** Finds and does: commands of what is on the screen, nodes, flows, runs and pages. */
export function CommandMenu({ pages, onClose, onKeys }: CommandMenuProps) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const back = useRef(document.activeElement as HTMLElement | null);
  const then = useRef<() => void>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as things stand when it is opened
  const here = useMemo(
    () => [...commandsNow(), { id: "keys", name: "Show all keys", group: "Go to", keys: "?", run: onKeys }],
    [],
  );
  const found = useFound(query, here, pages);
  const flat = found.flatMap((g) => g.commands);
  const at = Math.min(active, flat.length - 1);
  const choose = (command: UiCommand) => {
    // What it does may take the focus: first this menu is gone and has given it back.
    then.current = command.run;
    onClose();
  };
  useEffect(
    () => () => {
      const run = then.current;
      if (run !== undefined) requestAnimationFrame(run);
    },
    [],
  );
  const keys = (event: KeyboardEvent) => {
    const command = flat[at];
    if (event.key === "Enter" && command !== undefined) choose(command);
    else if (event.key === "ArrowDown") setActive((at + 1) % Math.max(flat.length, 1));
    else if (event.key === "ArrowUp") setActive((at - 1 + flat.length) % Math.max(flat.length, 1));
    else return;
    event.preventDefault();
  };
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup
          className="command-menu"
          data-testid="command-menu"
          aria-label="Commands"
          finalFocus={() => (back.current?.isConnected ? back.current : true)}
        >
          <SearchBox
            label="Find a command, node, flow or run"
            data-testid="command-search"
            value={query}
            onChange={(q) => {
              setQuery(q);
              setActive(0);
            }}
            onKeyDown={keys}
            role="combobox"
            aria-expanded
            aria-controls="command-list"
            aria-activedescendant={flat[at] === undefined ? undefined : `command-${flat[at].id}`}
            autoFocus
          />
          <p className={flat.length === 0 ? "command-none muted" : "hidden-text"} role="status">
            {flat.length === 0 ? "Nothing is called that." : `${flat.length} found`}
          </p>
          <Found
            groups={found}
            active={flat[at]?.id}
            onChoose={choose}
            onHover={(id) => setActive(flat.findIndex((c) => c.id === id))}
          />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface Group {
  name: string;
  commands: UiCommand[];
}

function useFound(query: string, here: readonly UiCommand[], pages: readonly Page[]): Group[] {
  const navigate = useNavigate();
  const asked = useDebounced(query.trim());
  const flows = useQuery({ ...flowsQuery(asked), enabled: asked !== "" });
  const runs = useQuery({ ...runsQuery({ q: asked }, MOST), enabled: asked.length >= RUN_QUERY });
  return useMemo(() => {
    const places = [...pages, ...SETTINGS].map((p) => ({
      ...{ id: `page-${p.to}`, name: p.label, group: "Go to", words: p.words ?? "" },
      run: () => void navigate({ to: p.to }),
    }));
    const groups = group(rank(query, [...here, ...places]), query.trim() !== "");
    // What the server found stays where the words that it was asked by are still what is typed.
    if (asked !== "" && asked === query.trim()) {
      const flowCommands = (flows.data?.items ?? []).slice(0, MOST).map((f) => ({
        ...{
          id: `flow-${f.id}`,
          name: f.name,
          group: "Flows",
          hint: f.version > 0 ? `live v${f.version}` : "draft",
        },
        run: () => void navigate({ to: "/flows/$id", params: { id: f.id }, search: {} }),
      }));
      const runCommands = (runs.data?.items ?? []).map((r) => ({
        ...{ id: `run-${r.id}`, name: `${r.flowName} · ${shortId(r.id)}`, group: "Runs", hint: r.state },
        run: () => void navigate({ to: "/runs/$id", params: { id: r.id }, search: {} }),
      }));
      if (flowCommands.length > 0) groups.push({ name: "Flows", commands: flowCommands });
      if (runCommands.length > 0) groups.push({ name: "Runs", commands: runCommands });
    }
    return groups;
  }, [query, asked, here, pages, flows.data, runs.data, navigate]);
}

function rank(query: string, commands: readonly UiCommand[]): { command: UiCommand; score: number }[] {
  return commands
    .map((command) => ({
      command,
      score: wordsScore(query, command.name, `${command.group} ${command.words ?? ""}`),
    }))
    .filter((c) => c.score > 0);
}

/** Under their headings: that of the best first, where something is looked for. */
function group(ranked: { command: UiCommand; score: number }[], sorted: boolean): Group[] {
  const groups = new Map<string, { command: UiCommand; score: number }[]>();
  for (const r of ranked) groups.set(r.command.group, [...(groups.get(r.command.group) ?? []), r]);
  const list = [...groups].map(([name, all]) => {
    if (sorted) all.sort((a, b) => b.score - a.score);
    return { name, best: all[0]?.score ?? 0, commands: all.slice(0, MOST).map((r) => r.command) };
  });
  if (sorted) list.sort((a, b) => b.best - a.best);
  return list;
}

interface FoundProps {
  groups: readonly Group[];
  active: string | undefined;
  onChoose: (command: UiCommand) => void;
  onHover: (id: string) => void;
}

function Found({ groups, active, onChoose, onHover }: FoundProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active !== undefined)
      list.current?.querySelector(`[id="command-${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div className="command-list" id="command-list" role="listbox" aria-label="Commands" ref={list}>
      {groups.map((g) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options
        <div key={g.name} role="group" aria-label={g.name}>
          <div className="command-heading" aria-hidden>
            {g.name}
          </div>
          {g.commands.map((c) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the search box above takes the keys
            <div
              key={c.id}
              id={`command-${c.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={c.id === active}
              className="command-item"
              onClick={() => onChoose(c)}
              onPointerMove={() => onHover(c.id)}
            >
              <span className="ellipsis">
                <Named text={c.name} />
              </span>
              <span className="command-hint grow ellipsis muted">{c.hint}</span>
              {c.keys?.split(" ").map((k) => (
                <kbd key={k} className="kbd">
                  {k}
                </kbd>
              ))}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
