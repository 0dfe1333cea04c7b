import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connectorFlowsQuery } from "@/api/queries";
import type { Connector, FlowUse } from "@/api/types";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plural } from "@/ui/format";

/** The flows that use a connector, which it can't be removed from under. */
export function UsesCard({ connector: c }: { connector: Connector }) {
  const uses = useQuery(connectorFlowsQuery(c.id, c.version));
  const items = uses.data?.items ?? [];
  return (
    <section className="card" aria-labelledby="uses-title" data-testid="uses">
      <div className="card-head">
        <h2 id="uses-title">{items.length > 0 ? `Used by ${plural(items.length, "flow")}` : "Used by"}</h2>
      </div>
      {uses.isPending && <SkeletonRows rows={1} />}
      {uses.isError && (
        <div className="card-body">
          <ErrorView error={uses.error} />
        </div>
      )}
      {uses.isSuccess && items.length === 0 && <p className="card-body muted">No flow uses it.</p>}
      {items.length > 0 && <UseList items={items} />}
    </section>
  );
}

/** Flows as links, each with where it uses the connector. */
export function UseList({ items }: { items: FlowUse[] }) {
  return (
    <ul className="uses">
      {items.map((u) => (
        <li key={u.id}>
          {u.deleted ? (
            <Link to="/runs" search={{ flow: u.id }}>
              {u.name}
            </Link>
          ) : (
            <Link to="/flows/$id" params={{ id: u.id }}>
              {u.name}
            </Link>
          )}
          <span className="muted">{placesOf(u)}</span>
        </li>
      ))}
    </ul>
  );
}

function placesOf(u: FlowUse): string {
  const [newest] = u.versions;
  const older = u.versions.slice(u.live ? 1 : 0);
  return [
    u.deleted && "deleted",
    u.draft && "draft",
    u.live && `live in version ${newest}`,
    older.length > 0 && `earlier ${older.length === 1 ? "version" : "versions"} ${older.join(", ")}`,
    u.runs > 0 && `${plural(u.runs, "run")} in flight`,
  ]
    .filter(Boolean)
    .join(" · ");
}
