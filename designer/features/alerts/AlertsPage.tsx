import "./alerts.css";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Siren } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { type Alert, type AlertFilter, alertPages } from "@/api/alerts";
import { usePermissions } from "@/api/permissions";
import { useLiveAlerts } from "@/run/alerts";
import { Button } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { SearchBox, Segments } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { PICKS, Picked, pickedOf, unpicked } from "@/ui/Picked";
import { useDebounced } from "@/ui/useDebounced";
import { SavedViews } from "../views/SavedViews";
import { AlertPanel } from "./AlertPanel";
import { CaseDialog, CloseDialog, FailedDialog } from "./dialogs";
import { Queue } from "./Queue";
import { useTriage } from "./useTriage";
import { SEVERITIES, SORTS } from "./words";

const route = getRouteApi("/app/alerts");
const AT_WORK = "new,in_progress";

/** What people look at most, each as a filter. */
const VIEWS: readonly { value: string; label: string; filter: AlertFilter }[] = [
  { value: "", label: "Open", filter: { status: AT_WORK } },
  { value: "mine", label: "Mine", filter: { status: AT_WORK, assignee: "me" } },
  { value: "unassigned", label: "Nobody's", filter: { status: AT_WORK, assignee: "none" } },
  { value: "cased", label: "In cases", filter: { status: "cased" } },
  { value: "closed", label: "Closed", filter: { status: "closed" } },
  { value: "all", label: "All", filter: {} },
];

/** What a saved view may pick by. */
const FIELDS = {
  view: VIEWS.map((v) => v.value),
  q: true,
  severity: Object.keys(SEVERITIES),
  sort: Object.keys(SORTS),
  ...PICKS,
} as const;

/** The queue of alerts, worked by keys: the one at hand, or all that are selected. */
export function AlertsPage() {
  useLiveAlerts();
  const search = route.useSearch();
  const go = route.useNavigate();
  const q = useDebounced(search.q ?? "");
  const view = VIEWS.find((v) => v.value === (search.view ?? "")) ?? VIEWS[0];
  const picked = pickedOf(search);
  const list = useInfiniteQuery({
    ...alertPages({
      ...view?.filter,
      ...picked,
      ...(q === "" ? {} : { q }),
      ...(search.severity === undefined ? {} : { severity: search.severity }),
      ...(search.sort === undefined ? {} : { sort: search.sort }),
    }),
    placeholderData: (before) => before,
  });
  const set = (change: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const narrowed = q !== "" || search.severity !== undefined || Object.keys(picked).length > 0;
  return (
    <>
      <header className="page-head">
        <h1>Alerts</h1>
        <SearchBox
          label="Search alerts"
          value={search.q ?? ""}
          onChange={(text) => set({ q: text })}
          className="page-search"
        />
        <Choice
          label="Severity"
          value={search.severity ?? ""}
          words={{ "": "Any severity", ...SEVERITIES }}
          onChange={(severity) => set({ severity })}
        />
        <Choice
          label="First come"
          value={search.sort ?? "score"}
          words={SORTS}
          onChange={(sort) => set({ sort: sort === "score" ? "" : sort })}
        />
      </header>
      <div className="page-body alerts-page">
        <div className="row">
          <Segments
            label="View"
            value={view?.value ?? ""}
            options={VIEWS}
            onChange={(value) => set({ view: value, alert: "" })}
          />
          <SavedViews
            list="alerts"
            search={search}
            fields={FIELDS}
            onOpen={(next) => void go({ search: next, replace: true })}
          />
        </div>
        <Picked search={picked} onClear={() => set(unpicked())} />
        {list.isError && (
          <ErrorView error={list.error}>
            <Button small onClick={() => void list.refetch()}>
              Try again
            </Button>
          </ErrorView>
        )}
        {list.isPending && (
          <div className="card">
            <SkeletonRows />
          </div>
        )}
        {list.data !== undefined &&
          (items.length > 0 || search.alert !== undefined ? (
            <Triage
              items={items}
              open={search.alert}
              onOpen={(alert) => set({ alert })}
              onMore={
                list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined
              }
            />
          ) : (
            <div className="card">
              <Empty
                icon={Siren}
                title={narrowed ? "No alert fits" : "No alert here"}
                text={
                  narrowed
                    ? "Clear the filters to see all of this view."
                    : "A flow takes in events with the action “Receive an alert”; so does POST /api/v1/alerts."
                }
              >
                {narrowed && (
                  <Button onClick={() => set({ q: "", severity: "", ...unpicked() })}>
                    Clear the filters
                  </Button>
                )}
              </Empty>
            </div>
          ))}
      </div>
    </>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  words: Record<string, string>;
  onChange: (value: string) => void;
}

function Choice({ label, value, words, onChange }: ChoiceProps) {
  return (
    <select
      className="select alert-filter"
      aria-label={label}
      value={value}
      onChange={(e) => onChange(e.target.value)}
    >
      {Object.entries(words).map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}

interface TriageProps {
  items: readonly Alert[];
  open: string | undefined;
  onOpen: (alert: string) => void;
  onMore: (() => void) | undefined;
}

type Asked = { what: "close" | "case"; items: readonly Alert[] };

function Triage({ items, open, onOpen, onMore }: TriageProps) {
  const may = usePermissions();
  const works = may.can("case.work");
  const [at, setAt] = useState<string>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked>();
  const { triage, failed, forget } = useTriage();
  const frame = useRef<HTMLDivElement>(null);
  const place = useRef(0);
  const active = usePlaceOf(items, at, place);
  const toQueue = () => frame.current?.querySelector<HTMLElement>('[role="listbox"]')?.focus();
  const opened = items.find((a) => String(a.number) === open || a.id === open);
  const selected = items.filter((a) => chosen.has(a.id));
  const subject = () => (selected.length > 0 ? selected : items.slice(Math.max(active, 0), active + 1));
  const act = (
    list: readonly Alert[],
    change: Parameters<typeof triage.mutate>[0]["change"],
    did: string,
  ) => {
    triage.mutate({ items: list, change, did });
    setChosen(new Set());
    setAsked(undefined);
  };
  const ask = (what: Asked["what"], list: readonly Alert[]) =>
    works && list.length > 0 && setAsked({ what, items: list });
  const mine = (list: readonly Alert[]) =>
    works && list.length > 0 && act(list, { fields: { assignee: "me", status: "in_progress" } }, "Took");
  const onKey = (key: string): boolean => {
    const does: Record<string, () => unknown> = {
      e: () => ask("close", subject()),
      c: () => ask("case", subject()),
      a: () => mine(subject()),
    };
    if (key === "Escape") {
      if (chosen.size > 0) setChosen(new Set());
      else onOpen("");
      return true;
    }
    does[key]?.();
    return does[key] !== undefined;
  };
  const move = (index: number, opens: boolean) => {
    const to = items[index];
    if (to === undefined) return;
    setAt(to.id);
    place.current = index;
    if (opens || open !== undefined) onOpen(String(to.number));
  };
  const toggle = (index: number) => {
    const id = items[index]?.id;
    if (id === undefined) return;
    setAt(id);
    place.current = index;
    setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  };
  useCommands(() =>
    works
      ? [
          {
            ...{ id: "alert-close", name: "Close the alert", group: "Alerts", keys: "E" },
            run: () => onKey("e"),
          },
          {
            ...{ id: "alert-case", name: "Take it into a case", group: "Alerts", keys: "C" },
            run: () => onKey("c"),
          },
          {
            ...{ id: "alert-mine", name: "Assign it to me", group: "Alerts", keys: "A" },
            run: () => onKey("a"),
          },
        ]
      : [],
  );
  const buttons = (list: () => readonly Alert[]) => (
    <>
      <Button
        small
        look="primary"
        disabled={!works}
        title={may.why("case.work")}
        onClick={() => ask("close", list())}
      >
        Close…
      </Button>
      <Button small disabled={!works} title={may.why("case.work")} onClick={() => ask("case", list())}>
        To a case…
      </Button>
      <Button small disabled={!works} title={may.why("case.work")} onClick={() => mine(list())}>
        Assign to me
      </Button>
    </>
  );
  return (
    <div ref={frame} className="alert-triage" data-open={open !== undefined || undefined}>
      <div className="card alert-queue-card">
        <div className="row alert-bar" role="status">
          {selected.length > 0 ? (
            <>
              <strong>{plural(selected.length, "alert")} selected</strong>
              {buttons(() => selected)}
              <Button small onClick={() => setChosen(new Set())}>
                Select none
              </Button>
            </>
          ) : (
            <span className="muted">
              <kbd>J</kbd> <kbd>K</kbd> move, <kbd>Enter</kbd> opens, <kbd>X</kbd> selects, <kbd>E</kbd>{" "}
              closes, <kbd>C</kbd> to a case, <kbd>A</kbd> to me
            </span>
          )}
        </div>
        <Queue
          items={items}
          active={active}
          chosen={chosen}
          onActive={move}
          onToggle={toggle}
          onKey={onKey}
          onMore={onMore}
        />
      </div>
      {open !== undefined && (
        <AlertPanel
          name={open}
          onClose={() => {
            onOpen("");
            toQueue();
          }}
          actions={
            opened?.status === "closed" ? (
              <Button
                small
                disabled={!works}
                title={may.why("case.work")}
                onClick={() => act([opened], { fields: { status: "in_progress" } }, "Opened again")}
              >
                Open again
              </Button>
            ) : (
              opened !== undefined && opened.status !== "cased" && buttons(() => [opened])
            )
          }
        />
      )}
      {asked?.what === "close" && (
        <CloseDialog
          items={asked.items}
          onClose={() => setAsked(undefined)}
          onDone={(reason, note) =>
            act(asked.items, { fields: { status: "closed", reason, note } }, "Closed")
          }
        />
      )}
      {asked?.what === "case" && (
        <CaseDialog
          items={asked.items}
          onClose={() => setAsked(undefined)}
          onDone={(ref) => act(asked.items, { case: { case: ref.trim() } }, "Took into a case")}
        />
      )}
      {failed !== undefined && <FailedDialog failed={failed} onClose={forget} />}
    </div>
  );
}

/** Where the alert at hand is; one that left the list leaves its place to the next. */
function usePlaceOf(items: readonly Alert[], at: string | undefined, place: { current: number }): number {
  const index = items.findIndex((a) => a.id === at);
  const now = index >= 0 ? index : Math.min(place.current, items.length - 1);
  useEffect(() => {
    place.current = Math.max(now, 0);
  });
  return now;
}
