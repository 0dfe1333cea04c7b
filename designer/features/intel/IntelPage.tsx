import "./intel.css";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download, FileDown, Plus, Radar } from "lucide-react";
import { useRef, useState } from "react";
import { type Indicator, type IndicatorFilter, indicatorPages, intel } from "@/api/intel";
import { usePermissions } from "@/api/permissions";
import { word } from "@/core/labels";
import { Button } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { DropTarget } from "@/ui/DropTarget";
import { download } from "@/ui/download";
import { Empty } from "@/ui/Feedback";
import { SearchBox } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { PagedCard } from "@/ui/PagedCard";
import { Score } from "@/ui/Score";
import { Ago } from "@/ui/Time";
import { useDebounced } from "@/ui/useDebounced";
import { AddDialog } from "./AddDialog";
import { Choice } from "./Choice";
import { ImportDialog } from "./ImportDialog";
import { INDICATOR_TYPES, SCORES, SORTS } from "./words";

const route = getRouteApi("/app/intelligence");
/** What a chip of the list narrows down to. */
const NAMED = ["source", "family", "actor", "vulnerability", "tag"] as const;

/** The indicators, by words, type, score and names. Files that are dropped on it are imported. */
export function IntelPage() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const q = useDebounced(search.q ?? "");
  const filter = Object.fromEntries(
    Object.entries({ ...search, q }).filter(([, v]) => v !== undefined && v !== ""),
  ) as IndicatorFilter & { sort?: string };
  const list = useInfiniteQuery({ ...indicatorPages(filter), placeholderData: (before) => before });
  const set = (change: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const box = useRef<HTMLInputElement>(null);
  const [dialog, setDialog] = useState<"add" | File[]>();
  const may = usePermissions();
  const mayWrite = may.can("intel.write");
  useCommands(() =>
    mayWrite
      ? [
          {
            id: "add-indicator",
            name: "Add an indicator",
            group: "Intelligence",
            run: () => setDialog("add"),
          },
          { id: "import-intel", name: "Import indicators", group: "Intelligence", run: () => setDialog([]) },
        ]
      : [],
  );
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const { sort: _, ...picked } = filter;
  return (
    <DropTarget
      label="Drop STIX bundles and CSV files to look at what they hold"
      onDrop={(files) => mayWrite && setDialog(files)}
    >
      <header className="page-head">
        <h1>Intelligence</h1>
        <SearchBox
          ref={box}
          label="Search indicators"
          value={search.q ?? ""}
          onChange={(text) => set({ q: text })}
          className="page-search"
        />
        <Choice
          label="Type"
          value={search.type ?? ""}
          all="Any type"
          words={INDICATOR_TYPES}
          onChange={(type) => set({ type })}
        />
        <Choice
          label="Score"
          value={search.minScore ?? ""}
          all="Any score"
          words={SCORES}
          onChange={(minScore) => set({ minScore })}
        />
        <Choice
          label="First come"
          value={search.sort ?? "score"}
          words={SORTS}
          onChange={(sort) => set({ sort: sort === "score" ? "" : sort })}
        />
        {NAMED.filter((name) => search[name] !== undefined).map((name) => (
          <button key={name} type="button" className="chip intel-chip" onClick={() => set({ [name]: "" })}>
            {name} {plainly(search[name] ?? "")} <span aria-hidden>×</span>
            <span className="hidden-text">: show all</span>
          </button>
        ))}
        <span className="grow" />
        <Link to="/intelligence/allow-list" className="btn">
          Allow list
        </Link>
        <Button onClick={() => download(intel.exportAddress(picked, "stix"))} title="What the filters pick">
          <Download size={15} aria-hidden /> STIX
        </Button>
        <Button onClick={() => download(intel.exportAddress(picked, "csv"))} title="What the filters pick">
          <Download size={15} aria-hidden /> CSV
        </Button>
        <Button disabled={!mayWrite} title={may.why("intel.write")} onClick={() => setDialog([])}>
          <FileDown size={15} aria-hidden /> Import
        </Button>
        <Button
          look="primary"
          disabled={!mayWrite}
          title={may.why("intel.write")}
          onClick={() => setDialog("add")}
        >
          <Plus size={15} aria-hidden /> Add an indicator
        </Button>
      </header>
      <div className="page-body">
        <PagedCard query={list} shown={items.length} what="indicator" className="intel-card">
          {items.length > 0 ? (
            <IndicatorTable items={items} />
          ) : Object.keys(picked).length > 0 ? (
            <Empty icon={Radar} title="No indicator fits" text="Clear the filters to see all.">
              <Button
                onClick={() => {
                  void go({ search: {} });
                  box.current?.focus();
                }}
              >
                Clear the filters
              </Button>
            </Empty>
          ) : (
            <Empty
              icon={Radar}
              title="No indicator yet"
              text="Import a STIX bundle or a CSV file, add one by hand, or let a flow do so with “Add an indicator”."
            >
              <Button onClick={() => setDialog([])} disabled={!mayWrite}>
                Import a file
              </Button>
            </Empty>
          )}
        </PagedCard>
      </div>
      {dialog === "add" && <AddDialog onClose={() => setDialog(undefined)} />}
      {Array.isArray(dialog) && <ImportDialog dropped={dialog} onClose={() => setDialog(undefined)} />}
    </DropTarget>
  );
}

function IndicatorTable({ items }: { items: Indicator[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Score</th>
          <th scope="col">Type</th>
          <th scope="col">Value</th>
          <th scope="col">What it is</th>
          <th scope="col">Sources</th>
          <th scope="col">Seen here</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        {items.map((i) => (
          <tr key={i.id} data-testid={`indicator-${i.value}`}>
            <td>
              <Score score={i.score} />
            </td>
            <td className="muted">{word(INDICATOR_TYPES, i.type)}</td>
            <td className="intel-value-cell">
              <Link to="/intelligence/$id" params={{ id: i.id }} className="flow-link mono">
                {plainly(i.shown)}
              </Link>
              <State item={i} />
            </td>
            <td>
              <Chips of="family" names={i.families} />
              <Chips of="actor" names={i.actors} />
              <Chips of="vulnerability" names={i.vulnerabilities} />
              <Chips of="tag" names={i.tags} />
            </td>
            <td>
              <Chips of="source" names={i.sources.map((s) => s.name)} />
            </td>
            <td>{i.sightings === 0 ? <span className="muted">—</span> : i.sightings}</td>
            <td className="muted">
              <Ago at={i.updatedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Why an indicator counts for nothing, in a word. */
export function State({ item }: { item: Indicator }) {
  const text = item.falsePositive
    ? "False positive"
    : item.allowed
      ? "Allowed"
      : item.expired
        ? "Expired"
        : undefined;
  return text === undefined ? null : <span className="intel-state">{text}</span>;
}

/** Names, each of which lists what has it too. */
export function Chips({ of, names }: { of: (typeof NAMED)[number]; names: string[] }) {
  return names.map((name) => (
    <Link key={name} to="/intelligence" search={{ [of]: name }} className="chip intel-chip">
      {plainly(name)}
    </Link>
  ));
}
