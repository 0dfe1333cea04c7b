import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connectorFlowsQuery, connectorsQuery } from "@/api/queries";
import type { Connector, FlowUse } from "@/api/types";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plural } from "@/ui/format";
import { Named } from "@/ui/Named";

/** The flows that use a connector, by the version that they are pinned to, which can't be removed from under them. */
export function UsesCard({ connector: c }: { connector: Connector }) {
  const listed = useQuery(connectorsQuery);
  const known = (listed.data?.items ?? []).filter((v) => v.id === c.id).map((v) => v.version);
  const versions = known.length > 0 ? known : [c.version];
  const uses = useQueries({ queries: versions.map((v) => connectorFlowsQuery(c.id, v)) });
  const rows = versions.map((version, i) => ({ version, items: uses[i]?.data?.items ?? [] }));
  const flows = new Set(rows.flatMap((r) => r.items.map((u) => u.id))).size;
  const failed = uses.find((u) => u.isError);
  const ready = uses.every((u) => u.isSuccess);
  return (
    <section className="card" aria-labelledby="uses-title" data-testid="uses">
      <div className="card-head">
        <div className="grow">
          <h2 id="uses-title">{flows > 0 ? `Used by ${plural(flows, "flow")}` : "Used by"}</h2>
          <p className="muted">
            Flows are pinned to a version. To move one, choose the version in its settings or at a node, and
            publish it.
          </p>
        </div>
      </div>
      {!ready && failed === undefined && <SkeletonRows rows={1} />}
      {failed !== undefined && (
        <div className="card-body">
          <ErrorView error={failed.error} />
        </div>
      )}
      {ready && flows === 0 && <p className="card-body muted">No flow uses it.</p>}
      {flows > 0 &&
        rows
          .filter((r) => r.items.length > 0 || r.version === c.version)
          .map(({ version, items }) => (
            <section key={version} aria-label={`Pinned to ${version}`} data-testid={`uses-${version}`}>
              {versions.length > 1 && <h3 className="uses-version">{versionText(version, c.version)}</h3>}
              {items.length > 0 ? (
                <UseList items={items} />
              ) : (
                <p className="card-body muted">No flow uses this version yet.</p>
              )}
            </section>
          ))}
    </section>
  );
}

function versionText(version: string, shown: string): string {
  return version === shown ? `${version}, this version` : version;
}

/** Flows as links, each with where it uses the connector. */
export function UseList({ items }: { items: FlowUse[] }) {
  return (
    <ul className="uses">
      {items.map((u) => (
        <li key={u.id}>
          {u.deleted ? (
            <Link to="/runs" search={{ flow: u.id }}>
              <Named text={u.name} />
            </Link>
          ) : (
            <Link to="/flows/$id" params={{ id: u.id }}>
              <Named text={u.name} />
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
