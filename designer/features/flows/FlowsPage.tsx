import "./flows.css";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import {
  Ellipsis,
  FileDown,
  FileOutput,
  History,
  LayoutTemplate,
  Plus,
  Trash2,
  Workflow,
} from "lucide-react";
import { type ComponentProps, useState } from "react";
import { catalogQuery } from "@/api/catalogQuery";
import { flows } from "@/api/client";
import { useCreateFlow } from "@/api/create";
import { usePermissions } from "@/api/permissions";
import { flowPages } from "@/api/queries";
import type { FlowRow } from "@/api/types";
import { emptyFlow } from "@/core/flow/document";
import { Button, IconButton } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { DropTarget } from "@/ui/DropTarget";
import { download } from "@/ui/download";
import { Empty, ErrorView } from "@/ui/Feedback";
import { SearchBox } from "@/ui/Fields";
import { agoText, plural } from "@/ui/format";
import { handOver } from "@/ui/handover";
import { useHeir } from "@/ui/heir";
import { Tile } from "@/ui/icons";
import { LiveBadge } from "@/ui/LiveBadge";
import { Menu } from "@/ui/Menu";
import { Named, plainly } from "@/ui/Named";
import { PagedCard } from "@/ui/PagedCard";
import { stateWord } from "@/ui/Status";
import { Ago } from "@/ui/Time";
import { toast } from "@/ui/Toasts";
import { useDebounced } from "@/ui/useDebounced";
import { DeleteFlow } from "./DeleteFlow";
import { FailingBadge } from "./FailingBadge";
import { LeftDrafts } from "./LeftDrafts";
import { Beginnings, Templates } from "./TemplatesPage";
import { TourOffer } from "./TourOffer";

const route = getRouteApi("/app/flows");

/** How often the list is asked for again while it is looked at: triggers fail, and runs begin and end. */
const AGAIN_MS = 10_000;

/** All flows; files dropped anywhere here go on to the import. */
export function FlowsPage() {
  const { q = "" } = route.useSearch();
  const go = useNavigate();
  const [query, setQuery] = useState(q);
  const asked = useDebounced(query.trim());
  const list = useInfiniteQuery({
    ...flowPages(asked),
    refetchInterval: AGAIN_MS,
    placeholderData: (before) => before,
  });
  const { can } = usePermissions();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const create = useCreateFlow();
  useCommands(() =>
    can("flow.write")
      ? [
          {
            ...{ id: "new-flow", name: "New flow", group: "Flow", words: "create empty draw" },
            run: () => create.mutate(emptyFlow("Untitled flow")),
          },
        ]
      : [],
  );
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const stand = useHeir(list.data);
  const search = (next: string) => {
    setQuery(next);
    void go({ to: "/flows", search: next === "" ? {} : { q: next }, replace: true });
  };
  const drop = (files: File[]) => {
    if (!can("import")) {
      toast("fail", "Your role does not allow importing flows.");
      return;
    }
    handOver(files);
    void go({ to: "/import" });
  };
  return (
    <DropTarget onDrop={drop} label="Drop flow files to import them">
      <header className="page-head">
        <h1>Flows</h1>
        <SearchBox label="Search flows" value={query} onChange={search} className="page-search" />
        <span className="grow" />
        {chosen.size > 0 && can("export") && (
          <Button onClick={() => download(flows.exportText([...chosen]))} data-testid="export-chosen">
            <FileOutput size={15} aria-hidden /> Export {plural(chosen.size, "flow")}
          </Button>
        )}
        {can("import") && (
          <Link to="/import" className="btn">
            <FileDown size={15} aria-hidden /> Import
          </Link>
        )}
        {can("flow.write") && (
          <>
            <Link to="/templates" className="btn">
              <LayoutTemplate size={15} aria-hidden /> Templates
            </Link>
            <Button
              look="primary"
              onClick={() => create.mutate(emptyFlow("Untitled flow"))}
              busy={create.isPending}
              data-testid="new-flow"
            >
              <Plus size={15} aria-hidden /> New flow
            </Button>
          </>
        )}
      </header>
      <div className="page-body" ref={stand}>
        {create.isError && <ErrorView error={create.error} />}
        <TourOffer />
        {list.isSuccess && <LeftDrafts listed={items.map((f) => f.id)} />}
        <PagedCard query={list} shown={items.length} what="flow" className="flows-card" row={81}>
          {items.length > 0 ? (
            <FlowTable items={items} chosen={chosen} onChoose={setChosen} />
          ) : (
            <NoFlows asked={asked} onClear={() => search("")} />
          )}
        </PagedCard>
      </div>
    </DropTarget>
  );
}

function NoFlows({ asked, onClear }: { asked: string; onClear: () => void }) {
  const { can } = usePermissions();
  if (asked !== "") {
    return (
      <Empty
        icon={Workflow}
        title={`No flow matches “${asked}”`}
        text="Try another word, or clear the search."
      >
        <Button onClick={onClear}>Clear the search</Button>
      </Empty>
    );
  }
  return (
    <div className="first-flow">
      <Empty
        icon={Workflow}
        title="No flows yet"
        text={
          can("flow.write")
            ? "A flow starts from an alert, a mail or a person, and does the rest. Begin with one of these, draw your own, or drop flow files anywhere here."
            : "A flow starts from an alert, a mail or a person, and does the rest. Those that are drawn will be listed here."
        }
      />
      {can("flow.write") && <Templates most={3} />}
      <Beginnings />
      {can("flow.write") && <Link to="/templates">All templates</Link>}
    </div>
  );
}

interface FlowTableProps {
  items: FlowRow[];
  chosen: ReadonlySet<string>;
  onChoose: (ids: ReadonlySet<string>) => void;
}

function FlowTable({ items, chosen, onChoose }: FlowTableProps) {
  const all = items.every((f) => chosen.has(f.id));
  const [deleting, setDeleting] = useState<FlowRow>();
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th className="check-cell">
              <input
                type="checkbox"
                aria-label="Choose all flows"
                checked={all}
                onChange={() => onChoose(all ? new Set() : new Set(items.map((f) => f.id)))}
              />
            </th>
            <th>Name</th>
            <th>Starts by</th>
            <th>State</th>
            <th>Last runs</th>
            <th>Edited</th>
            <th>
              <span className="hidden-text">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((flow) => (
            <Row
              key={flow.id}
              flow={flow}
              chosen={chosen.has(flow.id)}
              onToggle={() => toggle(flow.id)}
              onDelete={() => setDeleting(flow)}
            />
          ))}
        </tbody>
      </table>
      {deleting !== undefined && (
        <DeleteFlow
          flow={deleting}
          onClose={() => setDeleting(undefined)}
          onDeleted={() => onChoose(new Set([...chosen].filter((id) => id !== deleting.id)))}
        />
      )}
    </>
  );
}

interface RowProps {
  flow: FlowRow;
  chosen: boolean;
  onToggle: () => void;
  onDelete: () => void;
}

function Row({ flow, chosen, onToggle, onDelete }: RowProps) {
  const go = useNavigate();
  const { can } = usePermissions();
  const entries: ComponentProps<typeof Menu>["entries"] = [
    {
      label: "Runs of this flow",
      icon: <History size={15} aria-hidden />,
      onSelect: () => void go({ to: "/runs", search: { flow: flow.id } }),
    },
  ];
  if (can("export")) {
    entries.push({
      label: "Export",
      icon: <FileOutput size={15} aria-hidden />,
      onSelect: () => download(flows.exportText([flow.id])),
    });
  }
  if (can("flow.write")) {
    entries.push("line", {
      label: "Delete…",
      icon: <Trash2 size={15} aria-hidden />,
      danger: true,
      onSelect: onDelete,
    });
  }
  return (
    <tr data-testid={`flow-${flow.id}`}>
      <td className="check-cell">
        <input
          type="checkbox"
          aria-label={plainly(`Choose ${flow.name}`)}
          checked={chosen}
          onChange={onToggle}
        />
      </td>
      <td className="flow-cell">
        <Link to="/flows/$id" params={{ id: flow.id }} search={{}} className="flow-link">
          <Named text={flow.name} />
        </Link>
        {flow.description && <p className="muted ellipsis">{plainly(flow.description)}</p>}
        {(flow.labels ?? []).length > 0 && (
          <p className="labels">
            {flow.labels?.map((l) => (
              <span key={l} className="badge">
                {plainly(l)}
              </span>
            ))}
          </p>
        )}
      </td>
      <td>
        <Triggers types={flow.triggers ?? []} />
      </td>
      <td>
        <LiveBadge version={flow.version} halted={flow.halted ?? false} none="Draft" />
        {flow.failing?.[0] !== undefined && <FailingBadge flow={flow.id} failing={flow.failing} />}
      </td>
      <td>
        <LastRuns flow={flow} />
      </td>
      <td className="muted edited">
        <Ago at={flow.updatedAt} />
        {flow.updatedBy && ` · ${flow.updatedBy}`}
      </td>
      <td className="actions-cell">
        <Menu
          trigger={
            <IconButton label={`More for ${flow.name}`}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          }
          entries={entries}
        />
      </td>
    </tr>
  );
}

function Triggers({ types }: { types: string[] }) {
  const catalog = useQuery(catalogQuery);
  if (types.length === 0) return <span className="muted">Hand</span>;
  return (
    <ul className="triggers">
      {[...new Set(types)].map((type) => {
        const known = catalog.data?.get(type);
        const name = known?.name ?? type.replace("trigger.", "");
        return (
          <li key={type} className="row">
            <Tile type={type} icon={known?.icon} small />
            {name}
          </li>
        );
      })}
    </ul>
  );
}

/** The newest runs as small marks, the latest at the right. */
function LastRuns({ flow }: { flow: FlowRow }) {
  const runs = [...(flow.lastRuns ?? [])].reverse();
  if (runs.length === 0) return <span className="muted">None</span>;
  return (
    <span className="marks">
      {runs.map((r) => (
        <Link
          key={r.id}
          to="/runs/$id"
          params={{ id: r.id }}
          search={{}}
          className="mark"
          // The keyboard reaches them through "Runs of this flow": a dozen stops a row would be in its way.
          tabIndex={-1}
          data-state={r.state}
          title={`${stateWord(r.state)}, ${agoText(r.at)}`}
          aria-label={`Run ${stateWord(r.state).toLowerCase()}, ${agoText(r.at)}`}
        />
      ))}
    </span>
  );
}
