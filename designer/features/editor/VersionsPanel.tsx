import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useState } from "react";
import { flows } from "@/api/client";
import { flowQuery, versionsQuery } from "@/api/queries";
import type { VersionRow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Changes } from "@/ui/Changes";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { agoText } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { SidePanel } from "@/ui/SidePanel";
import { toast } from "@/ui/Toasts";
import { useSession } from "./useSession";

/** What was published, when and why; any of it can become the draft again. */
export function VersionsPanel() {
  const session = useSession();
  const open = session.view((s) => s.panel === "versions");
  const versions = useQuery({ ...versionsQuery(session.id), enabled: open });
  if (!open) return null;
  return (
    <SidePanel title="Versions" testid="versions" onClose={() => session.view.setState({ panel: undefined })}>
      {versions.isPending && <SkeletonRows rows={3} />}
      {versions.isError && <ErrorView error={versions.error} />}
      {versions.data?.items.length === 0 && (
        <p className="side-empty">
          <History size={16} aria-hidden /> Nothing was published yet.
        </p>
      )}
      <ul className="version-list">
        {versions.data?.items.map((v) => (
          <Version key={v.version} row={v} />
        ))}
      </ul>
    </SidePanel>
  );
}

function Version({ row }: { row: VersionRow }) {
  const session = useSession();
  const queries = useQueryClient();
  const live = session.document((s) => s.version) === row.version;
  const [compare, setCompare] = useState(false);
  const diff = useQuery({
    queryKey: ["diff", session.id, row.version, session.saver.revision],
    queryFn: () => flows.diff(session.id, row.version, "draft"),
    enabled: compare,
  });
  const restore = useMutation({
    async mutationFn() {
      await session.saver.flush();
      const { revision } = await flows.restore(session.id, row.version, session.saver.revision);
      return { revision, detail: await queries.fetchQuery(flowQuery(session.id)) };
    },
    onSuccess({ revision, detail }) {
      session.replace(detail.flow, revision, `Restore version ${row.version}`);
      toast("ok", `The draft is version ${row.version} again.`, session.undoOffer());
    },
    onError: (e) => toast("fail", e.message),
  });
  return (
    <li className="version" data-testid={`version-${row.version}`}>
      <div className="row">
        <strong>v{row.version}</strong>
        {live && <span className="badge badge-accent">Live</span>}
        <span className="grow" />
        <span className="muted">{agoText(row.at)}</span>
      </div>
      <p>{plainly(row.message ?? "") || <span className="muted">No message</span>}</p>
      <p className="muted">
        {row.author} · <code>{row.digest.replace(/^sha256:/, "").slice(0, 10)}</code>
      </p>
      <div className="row">
        <Button small onClick={() => setCompare(!compare)} aria-expanded={compare}>
          Compare with the draft
        </Button>
        <Link
          to="/flows/$id/diff"
          params={{ id: session.id }}
          search={{ from: String(row.version), to: "draft" }}
          className="btn btn-small"
          data-testid={`diff-${row.version}`}
        >
          On the canvas
        </Link>
        <Button
          small
          busy={restore.isPending}
          disabled={session.readOnly}
          onClick={() => restore.mutate()}
          data-testid={`restore-${row.version}`}
        >
          Restore
        </Button>
      </div>
      {compare && diff.data !== undefined && (
        <Changes changes={diff.data.changes ?? []} none="The draft is the same." />
      )}
      {compare && diff.isError && <ErrorView error={diff.error} />}
    </li>
  );
}
