import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ChevronRight, Trash2 } from "lucide-react";
import { useState } from "react";
import { connectors } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { connectorFlowsQuery, connectorQuery, powersQuery } from "@/api/queries";
import type { Connector, FlowUse } from "@/api/types";
import { Button } from "@/ui/Button";
import { ConfirmName } from "@/ui/ConfirmName";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plural } from "@/ui/format";
import { Tile } from "@/ui/icons";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { Actions } from "./Actions";
import { ConsentBadge } from "./ConsentBadge";
import { ConsentCard } from "./ConsentCard";
import { GrantsCard } from "./GrantsCard";
import { HealthCard } from "./HealthCard";
import { LogsCard } from "./LogsCard";
import { UseList, UsesCard } from "./UsesCard";

const route = getRouteApi("/app/connectors/$name");

/** One connector: what it may do, what it was granted besides, and its actions. */
export function ConnectorPage() {
  const { name } = route.useParams();
  const { version = "" } = route.useSearch();
  const { can } = usePermissions();
  const connector = useQuery(connectorQuery(name, version));
  const powers = useQuery(powersQuery(name, version));
  const failed = connector.error ?? powers.error;
  if (failed)
    return (
      <div className="centre">
        <h1>The connector could not be shown</h1>
        <ErrorView error={failed} />
        <Link to="/connectors" className="btn">
          All connectors
        </Link>
      </div>
    );
  if (connector.data === undefined || powers.data === undefined) return <SkeletonRows rows={8} />;
  const c = connector.data;
  const may = can("connector.manage");
  return (
    <>
      <header className="page-head">
        <nav className="crumbs" aria-label="Place">
          <Link to="/connectors">Connectors</Link>
          <ChevronRight size={14} aria-hidden />
        </nav>
        <h1>{plainly(c.name || c.id)}</h1>
        <code className="muted">
          {c.id} {c.version}
        </code>
        <span className="badge">{c.bundled ? "Bundled" : "Installed"}</span>
        <ConsentBadge standing={powers.data.standing} />
        <span className="grow" />
        {may && !c.bundled && <RemoveButton connector={c} />}
      </header>
      <div className="page-body">
        <section className="card connector-about" aria-label="About">
          <Tile type={c.id} icon={c.icon || "plug"} />
          <div className="grow">
            <p>{c.description}</p>
            <p className="muted">
              {[c.publisher && plainly(`by ${c.publisher}`), c.license]
                .filter(Boolean)
                .map((fact) => `${fact} · `)}
              <code title={c.digest}>{c.digest.replace(/^sha256:/, "").slice(0, 12)}</code>
            </p>
          </div>
        </section>
        <ConsentCard connector={c} powers={powers.data} may={may} />
        <GrantsCard key={`${name} ${version}`} connector={c} powers={powers.data} may={may} />
        <HealthCard connector={c} />
        {/* What it may do now, which consent on this very page changes. */}
        <Actions connector={{ ...c, standing: powers.data.standing }} />
        <UsesCard connector={c} />
        {can("run.read") && <LogsCard connector={c} />}
      </div>
    </>
  );
}

/** Removes it once its name is typed. A refusal names the flows that use it. */
function RemoveButton({ connector: c }: { connector: Connector }) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const go = useNavigate();
  const uses = useQuery(connectorFlowsQuery(c.id, c.version));
  // A version that was replaced, and that nothing runs, keeps no connector.
  const users = (uses.data?.items ?? []).filter((u) => u.draft || u.live || u.runs > 0);
  const remove = async () => {
    await connectors.remove(c.id, c.version);
    queries.removeQueries({ queryKey: ["connector", c.id, c.version] });
    await queries.invalidateQueries({ queryKey: ["connectors"] });
    void queries.invalidateQueries({ queryKey: ["catalog"] });
    toast("ok", `Removed ${c.id} ${c.version}.`);
    await go({ to: "/connectors" });
  };
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        <Trash2 size={15} aria-hidden /> Remove…
      </Button>
      <ConfirmName
        open={asking}
        onClose={() => setAsking(false)}
        title={`Remove ${c.name || c.id} ${c.version}?`}
        blocked={
          users.length > 0 && (
            <>
              <p>It can't be removed: {plural(users.length, "flow uses", "flows use")} this version.</p>
              <UseList items={users} />
              <p className="muted">Move them to another version, or take its nodes out, and publish.</p>
            </>
          )
        }
        text="Its actions can't be used any more. A connector that a flow uses stays: you are told which flows those are."
        name={c.id}
        action="Remove the connector"
        onConfirm={remove}
        because={(error) => {
          const users = (error as { body?: { usedBy?: FlowUse[] } }).body?.usedBy;
          return users && <UseList items={users} />;
        }}
      />
    </>
  );
}
