import { plainly } from "@/ui/Named";
import "@/canvas/frame.css";
import "./versions.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { useMemo, useState } from "react";
import { catalogQuery } from "@/api/catalogQuery";
import { flowQuery, versionQuery, versionsQuery } from "@/api/queries";
import type { VersionRow } from "@/api/types";
import { useReveal } from "@/canvas/camera";
import { DiffContext } from "@/canvas/diff";
import { FlowCanvas } from "@/canvas/FlowCanvas";
import { useFolding } from "@/canvas/folding";
import type { Catalog } from "@/core/flow/catalog";
import { compareFlows, inWordsOf } from "@/core/flow/compare";
import type { Flow } from "@/core/flow/document";
import { kindsOf, mergedView } from "@/core/flow/merged";
import { PLAIN, viewpointOf } from "@/core/flow/shown";
import { Changes, changesText } from "@/ui/Changes";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { agoText } from "@/ui/format";

const route = getRouteApi("/app/flows/$id/diff");
const DRAFT = "draft";

/** What changed from one version of a flow to another, on the canvas and as a list. */
export function VersionDiffPage() {
  const { id } = route.useParams();
  const { from, to = DRAFT } = route.useSearch();
  const draft = useQuery(flowQuery(id));
  const versions = useQuery(versionsQuery(id));
  const catalog = useQuery(catalogQuery);
  const first = from ?? String(versions.data?.items[0]?.version ?? DRAFT);
  const before = useSide(id, first, draft.data?.flow);
  const after = useSide(id, to, draft.data?.flow);
  const failed = draft.error ?? versions.error ?? catalog.error ?? before.error ?? after.error;
  const ready = before.flow !== undefined && after.flow !== undefined && catalog.data !== undefined;
  return (
    <div className="version-diff">
      <header className="page-head">
        <h1>What changed in {plainly(draft.data?.flow.name ?? "this flow")}</h1>
        <Side
          label="Before"
          value={first}
          options={versions.data?.items}
          change={(next) => ({ from: next, to })}
        />
        <span aria-hidden>→</span>
        <Side
          label="After"
          value={to}
          options={versions.data?.items}
          change={(next) => ({ from: first, to: next })}
        />
        <span className="grow" />
        <Link to="/flows/$id" params={{ id }} search={{}} className="btn">
          Open the flow
        </Link>
      </header>
      {failed && <ErrorView error={failed} />}
      {!failed && !ready && <SkeletonRows rows={6} />}
      {ready && before.flow && after.flow && catalog.data && (
        <ReactFlowProvider key={`${first}|${to}`}>
          <Difference
            before={before.flow}
            after={after.flow}
            catalog={catalog.data}
            names={[nameOf(first), nameOf(to)]}
          />
        </ReactFlowProvider>
      )}
    </div>
  );
}

function nameOf(side: string): string {
  return side === DRAFT ? "Draft" : `Version ${side}`;
}

/** A version, or the draft. */
function useSide(
  id: string,
  side: string,
  draft: Flow | undefined,
): { flow: Flow | undefined; error: Error | null } {
  const version = useQuery({ ...versionQuery(id, Number(side)), enabled: side !== DRAFT });
  return side === DRAFT ? { flow: draft, error: null } : { flow: version.data?.flow, error: version.error };
}

interface SideProps {
  label: string;
  value: string;
  options: readonly VersionRow[] | undefined;
  change: (next: string) => { from: string; to: string };
}

function Side({ label, value, options = [], change }: SideProps) {
  const navigate = route.useNavigate();
  return (
    <select
      className="select"
      aria-label={label}
      value={value}
      onChange={(e) => void navigate({ search: change(e.target.value), replace: true })}
    >
      <option value={DRAFT}>Draft</option>
      {options.map((v) => (
        <option key={v.version} value={String(v.version)}>
          {plainly(`v${v.version} · ${agoText(v.at)}${v.message ? ` · ${v.message}` : ""}`)}
        </option>
      ))}
    </select>
  );
}

interface DifferenceProps {
  before: Flow;
  after: Flow;
  catalog: Catalog;
  names: readonly [string, string];
}

function Difference({ before, after, catalog, names }: DifferenceProps) {
  const changes = useMemo(() => compareFlows(before, after), [before, after]);
  const view = useMemo(() => mergedView(inWordsOf(before, after), after), [before, after]);
  const kinds = useMemo(() => kindsOf(changes), [changes]);
  const pinned = useMemo(() => catalog.pinned(view.connectors), [catalog, view]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const reveal = useReveal(pinned);
  // What changed is seen, also in a container that is collapsed.
  const folding = useFolding(view, () =>
    [...kinds.keys()].reduce((seen, id) => viewpointOf(view, seen, id), PLAIN),
  );
  const pick = (id: string) => {
    setChosen(new Set([id]));
    reveal(folding.bring(id).flow, id);
  };
  return (
    <div className="version-diff-body">
      <section
        className="canvas editor-stage"
        aria-label="The flow with what changed"
        data-testid="diff-canvas"
      >
        <DiffContext.Provider value={kinds}>
          <FlowCanvas
            flow={view}
            folding={{ ...folding, lead: pick }}
            catalog={pinned}
            selected={chosen}
            onSelect={(nodes) => setChosen(nodes)}
          />
        </DiffContext.Provider>
      </section>
      <section className="version-diff-list" aria-label="Changes">
        <p className="muted">{changes.length === 0 ? "" : changesText(changes)}</p>
        <Changes changes={changes} none="Nothing changed." before={names[0]} after={names[1]} onPick={pick} />
      </section>
    </div>
  );
}
