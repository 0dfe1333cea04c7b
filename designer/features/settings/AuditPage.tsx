import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, ScrollText, User } from "lucide-react";
import { usePermissions } from "@/api/permissions";
import { auditPages } from "@/api/queries";
import type { AuditRow } from "@/api/types";
import { Denied } from "@/ui/Denied";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { shortId } from "@/ui/format";
import { LoadMore } from "@/ui/LoadMore";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";

/** Every change that was made here: when, by whom, to what. */
export function AuditPage() {
  const { can, role } = usePermissions();
  if (!can("audit.read")) return <Denied what="read the audit log" role={role} />;
  return <Audit />;
}

function Audit() {
  const audit = useInfiniteQuery(auditPages);
  const rows = audit.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section className="card" aria-labelledby="audit-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="audit-title">Audit log</h2>
          <p className="muted">One row for every change, newest first. Rows are never edited.</p>
        </div>
      </div>
      {audit.isPending && <SkeletonRows rows={8} />}
      {audit.isError && (
        <div className="card-body">
          <ErrorView error={audit.error} />
        </div>
      )}
      {audit.isSuccess && rows.length === 0 && (
        <Empty
          icon={ScrollText}
          title="Nothing has changed yet"
          text="Each change will be written down here."
        />
      )}
      {rows.length > 0 && <AuditTable rows={rows} />}
      <LoadMore query={audit} shown={rows.length} what="row" />
    </section>
  );
}

function AuditTable({ rows }: { rows: AuditRow[] }) {
  return (
    <table className="table" aria-labelledby="audit-title" data-testid="audit">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">Did</th>
          <th scope="col">To</th>
          <th scope="col">Detail</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Ago at={row.at} />
            </td>
            <td>
              <Actor row={row} />
            </td>
            <td>
              <code>{row.action}</code>
            </td>
            <td>
              <AuditObject row={row} />
            </td>
            <td className="audit-detail">
              <Detail value={row.detail} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Actor({ row }: { row: AuditRow }) {
  const Icon = row.actorKind === "user" ? User : Bot;
  return (
    <span className="row" title={row.actorKind}>
      <Icon size={14} aria-hidden className="muted" />
      {row.actor}
      <span className="hidden-text">({row.actorKind})</span>
    </span>
  );
}

function AuditObject({ row }: { row: AuditRow }) {
  if (row.objectId === "") return <>{row.object}</>;
  const name = `${row.object} ${shortId(row.objectId)}`;
  // A deleted thing's page says so itself; a row of the log can't know.
  if (row.object === "flow") {
    return (
      <Link to="/flows/$id" params={{ id: row.objectId }} title={row.objectId}>
        {name}
      </Link>
    );
  }
  if (row.object === "run") {
    return (
      <Link to="/runs/$id" params={{ id: row.objectId }} title={row.objectId}>
        {name}
      </Link>
    );
  }
  return <span title={row.objectId}>{name}</span>;
}

function Detail({ value }: { value: AuditRow["detail"] }) {
  const short = plainly(shortDetail(value));
  if (short === "") return <span className="muted">—</span>;
  if (short.length <= 44) return <>{short}</>;
  return (
    <details>
      <summary>{short}</summary>
      <pre>{plainly(typeof value === "string" ? value : JSON.stringify(value, null, 2))}</pre>
    </details>
  );
}

/** A row's detail on one line: "version 3, message Ask the lead". */
function shortDetail(value: AuditRow["detail"]): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "object" || Array.isArray(value))
    return typeof value === "string" ? value : JSON.stringify(value);
  return Object.entries(value)
    .map(([key, v]) => `${key} ${typeof v === "string" ? v : JSON.stringify(v)}`)
    .join(", ");
}
