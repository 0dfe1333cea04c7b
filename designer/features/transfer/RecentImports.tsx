import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import { transfer } from "@/api/client";
import { importPages } from "@/api/queries";
import type { ImportRow } from "@/api/types";
import { Button } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { LoadMore } from "@/ui/LoadMore";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";

/** What was imported lately, each with the way back: it stays after the page that made it was left. */
export function RecentImports() {
  const list = useInfiniteQuery(importPages);
  const rows = list.data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <section className="card" aria-labelledby="imports-title" data-testid="imports">
      <div className="card-head">
        <div className="grow">
          <h2 id="imports-title">Recent imports</h2>
          <p className="muted">Rolling one back gives every flow of it the draft that it had before.</p>
        </div>
      </div>
      {list.isPending && <SkeletonRows rows={2} />}
      {list.isError && (
        <div className="card-body">
          <ErrorView error={list.error} />
        </div>
      )}
      {list.isSuccess && rows.length === 0 && (
        <p className="card-body muted">Nothing was imported on this server yet.</p>
      )}
      <ul>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </ul>
      <LoadMore query={list} shown={rows.length} what="import" />
    </section>
  );
}

function Row({ row }: { row: ImportRow }) {
  const queries = useQueryClient();
  const rollback = useMutation({
    mutationFn: () => transfer.rollback(row.id),
    onSuccess: () => queries.invalidateQueries(),
  });
  const back = row.state === "rolledback";
  const names = row.flows.map((f) => f.name || f.id.slice(-6)).join(", ");
  return (
    <li className="import-row" data-testid={`import-${row.id}`}>
      <div className="row">
        <span className="grow import-flows">
          {row.flows.map((flow, i) => (
            <span key={flow.id}>
              {i > 0 && ", "}
              <FlowName flow={flow} gone={back && flow.result === "created"} />
              <span className="muted"> {flow.result === "created" ? "added" : "draft replaced"}</span>
            </span>
          ))}
        </span>
        <span className="muted">
          <Ago at={row.at} /> · {plainly(row.by)}
        </span>
        {back ? (
          <span className="badge">
            <Undo2 size={12} aria-hidden /> Rolled back
          </span>
        ) : (
          <Button
            small
            busy={rollback.isPending}
            onClick={() => rollback.mutate()}
            aria-label={`Roll back the import of ${names}`}
          >
            <Undo2 size={14} aria-hidden />
            {rollback.isPending ? "Rolling back…" : "Roll back"}
          </Button>
        )}
      </div>
      {rollback.isError && <ErrorView error={rollback.error} />}
    </li>
  );
}

function FlowName({ flow, gone }: { flow: ImportRow["flows"][number]; gone: boolean }) {
  const name = flow.name || "A copy";
  if (gone) return <span className="muted">{name}</span>;
  return (
    <Link to="/flows/$id" params={{ id: flow.id }} search={{}}>
      {name}
    </Link>
  );
}
