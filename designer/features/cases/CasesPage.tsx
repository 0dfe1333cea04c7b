import "./cases.css";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { BriefcaseBusiness, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { type Case, type CaseFilter, casePages } from "@/api/cases";
import { usePermissions } from "@/api/permissions";
import { useLiveCases } from "@/run/cases";
import { Button } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { Empty } from "@/ui/Feedback";
import { SearchBox, Segments } from "@/ui/Fields";
import { Named, plainly } from "@/ui/Named";
import { PagedCard } from "@/ui/PagedCard";
import { PICKS, Picked, pickedOf, unpicked } from "@/ui/Picked";
import { Score } from "@/ui/Score";
import { Ago, Until } from "@/ui/Time";
import { useDebounced } from "@/ui/useDebounced";
import { SavedViews } from "../views/SavedViews";
import { OpenCaseDialog } from "./OpenCaseDialog";
import { SEVERITIES, SeverityMark, SORTS, StatusMark } from "./words";

const route = getRouteApi("/app/cases");
const UNCLOSED = "open,in_progress,pending";

/** What people look at most, each as a filter. */
const VIEWS: readonly { value: string; label: string; filter: CaseFilter }[] = [
  { value: "", label: "Open", filter: { status: UNCLOSED } },
  { value: "mine", label: "Mine", filter: { status: UNCLOSED, assignee: "me" } },
  { value: "unassigned", label: "Nobody's", filter: { status: UNCLOSED, assignee: "none" } },
  { value: "overdue", label: "Overdue", filter: { overdue: "true" } },
  { value: "closed", label: "Closed", filter: { status: "closed" } },
  { value: "all", label: "All", filter: {} },
];

/** What a saved view may pick by. */
const FIELDS = {
  view: VIEWS.map((v) => v.value),
  q: true,
  severity: Object.keys(SEVERITIES),
  tag: true,
  sort: Object.keys(SORTS),
  ...PICKS,
} as const;

/** The cases, by view, words and severity; it moves as they do. */
export function CasesPage() {
  useLiveCases();
  const search = route.useSearch();
  const go = route.useNavigate();
  const q = useDebounced(search.q ?? "");
  const view = VIEWS.find((v) => v.value === (search.view ?? "")) ?? VIEWS[0];
  const picked = pickedOf(search);
  const list = useInfiniteQuery({
    ...casePages({
      ...view?.filter,
      ...picked,
      ...(q === "" ? {} : { q }),
      ...(search.severity === undefined ? {} : { severity: search.severity }),
      ...(search.tag === undefined ? {} : { tag: search.tag }),
      ...(search.sort === undefined ? {} : { sort: search.sort }),
    }),
    placeholderData: (before) => before,
  });
  const set = (change: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const box = useRef<HTMLInputElement>(null);
  const [opening, setOpening] = useState(false);
  const may = usePermissions();
  useCommands(() =>
    may.can("case.work")
      ? [{ id: "open-case", name: "Open a case", group: "Cases", run: () => setOpening(true) }]
      : [],
  );
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const narrowed =
    q !== "" || search.severity !== undefined || search.tag !== undefined || Object.keys(picked).length > 0;
  return (
    <>
      <header className="page-head">
        <h1>Cases</h1>
        <SearchBox
          ref={box}
          label="Search cases"
          value={search.q ?? ""}
          onChange={(text) => set({ q: text })}
          className="page-search"
        />
        <Choice
          label="Severity"
          value={search.severity}
          all="Any severity"
          words={SEVERITIES}
          onChange={(severity) => set({ severity })}
        />
        <Choice
          label="First come"
          value={search.sort ?? "updated"}
          words={SORTS}
          onChange={(sort) => set({ sort: sort === "updated" ? "" : sort })}
        />
        {search.tag !== undefined && (
          <button
            type="button"
            className="chip case-tag"
            onClick={() => set({ tag: "" })}
            title="Show all tags"
          >
            {plainly(search.tag)} <span aria-hidden>×</span>
            <span className="hidden-text">: show all tags</span>
          </button>
        )}
        <span className="grow" />
        <Link to="/cases/templates" className="btn">
          Templates
        </Link>
        <Button
          look="primary"
          disabled={!may.can("case.work")}
          title={may.why("case.work")}
          onClick={() => setOpening(true)}
        >
          <Plus size={15} aria-hidden /> Open a case
        </Button>
      </header>
      <div className="page-body">
        <div className="row">
          <Segments
            label="View"
            value={view?.value ?? ""}
            options={VIEWS}
            onChange={(value) => set({ view: value })}
          />
          <SavedViews
            list="cases"
            search={search}
            fields={FIELDS}
            onOpen={(next) => void go({ search: next, replace: true })}
          />
        </div>
        <Picked search={picked} onClear={() => set(unpicked())} />
        <PagedCard query={list} shown={items.length} what="case" className="cases-card">
          {items.length > 0 ? (
            <CaseTable items={items} />
          ) : (
            <NoCases
              narrowed={narrowed}
              view={view?.value ?? ""}
              onClear={() => {
                void go({ search: search.view === undefined ? {} : { view: search.view } });
                box.current?.focus();
              }}
              onOpen={() => setOpening(true)}
              mayOpen={may.can("case.work")}
            />
          )}
        </PagedCard>
      </div>
      {opening && <OpenCaseDialog onClose={() => setOpening(false)} />}
    </>
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  all?: string;
  words: Record<string, string>;
  onChange: (value: string) => void;
}

function Choice({ label, value, all, words, onChange }: ChoiceProps) {
  return (
    <select
      className="select case-filter"
      aria-label={label}
      value={value ?? ""}
      onChange={(e) => onChange(e.target.value)}
    >
      {all !== undefined && <option value="">{all}</option>}
      {Object.entries(words).map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}

interface NoCasesProps {
  narrowed: boolean;
  view: string;
  mayOpen: boolean;
  onClear: () => void;
  onOpen: () => void;
}

function NoCases({ narrowed, view, mayOpen, onClear, onOpen }: NoCasesProps) {
  if (narrowed)
    return (
      <Empty icon={BriefcaseBusiness} title="No case fits" text="Clear the filters to see all of this view.">
        <Button onClick={onClear}>Clear the filters</Button>
      </Empty>
    );
  if (view !== "" && view !== "all")
    return (
      <Empty icon={BriefcaseBusiness} title="No case here" text="Nothing of this kind is there just now.">
        <Link to="/cases" search={{ view: "all" }} className="btn">
          All cases
        </Link>
      </Empty>
    );
  return (
    <Empty
      icon={BriefcaseBusiness}
      title="No open case"
      text="A flow opens cases with the action “Open a case”; so can you."
    >
      <Button onClick={onOpen} disabled={!mayOpen}>
        Open a case
      </Button>
    </Empty>
  );
}

function CaseTable({ items }: { items: Case[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Number</th>
          <th scope="col">Severity</th>
          <th scope="col">Title</th>
          <th scope="col">Status</th>
          <th scope="col">Score</th>
          <th scope="col">Assigned to</th>
          <th scope="col">Due</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        {items.map((c) => (
          <tr key={c.id} data-testid={`case-${c.number}`}>
            <td className="muted">#{c.number}</td>
            <td>
              <SeverityMark severity={c.severity} />
            </td>
            <td className="case-title-cell">
              <Link to="/cases/$id" params={{ id: String(c.number) }} className="flow-link">
                <Named text={c.title} />
              </Link>
              {c.tags.map((tag) => (
                <Link key={tag} to="/cases" search={{ view: "all", tag }} className="chip case-tag">
                  {plainly(tag)}
                </Link>
              ))}
            </td>
            <td>
              <StatusMark item={c} />
            </td>
            <td>
              <Score score={c.score} />
            </td>
            <td>{c.assignee === "" ? <span className="muted">nobody</span> : plainly(c.assignee)}</td>
            <td>{c.status === "closed" ? <span className="muted">—</span> : <Due item={c} />}</td>
            <td className="muted">
              <Ago at={c.updatedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** When a case is to be closed; what is past it stands out. */
export function Due({ item }: { item: Case }) {
  if (item.overdue)
    return (
      <span className="case-overdue">
        overdue since <Ago at={item.dueAt} />
      </span>
    );
  return <Until at={item.dueAt} />;
}
