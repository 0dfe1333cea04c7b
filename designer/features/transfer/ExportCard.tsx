import { useInfiniteQuery } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { flows } from "@/api/client";
import { flowPages } from "@/api/queries";
import { Button } from "@/ui/Button";
import { download } from "@/ui/download";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { SearchBox } from "@/ui/Fields";
import { LoadMore } from "@/ui/LoadMore";
import { Named } from "@/ui/Named";

/** Chooses flows and saves them as files: one as its flow file, several as a bundle. */
export function ExportCard() {
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const list = useInfiniteQuery(flowPages(q.trim()));
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <section className="card" aria-labelledby="export-title" data-testid="export">
      <div className="card-head">
        <div className="grow">
          <h2 id="export-title">Export</h2>
          <p className="muted">
            One flow becomes a flow file, several a bundle. No secret is ever in a file.
          </p>
        </div>
        <SearchBox label="Find a flow" value={q} onChange={setQ} className="export-filter" />
        <Button disabled={chosen.size === 0} onClick={() => download(flows.exportText([...chosen]))}>
          <FileUp size={15} aria-hidden />
          {chosen.size < 2 ? "Export" : `Export ${chosen.size} as a bundle`}
        </Button>
      </div>
      {list.isPending && <SkeletonRows rows={3} height={34} />}
      {list.isError && (
        <div className="card-body">
          <ErrorView error={list.error} />
        </div>
      )}
      {list.isSuccess && rows.length === 0 && (
        <p className="card-body muted">
          {q.trim() === "" ? "There are no flows yet." : `No flow matches “${q.trim()}”.`}
        </p>
      )}
      <ul className="export-list">
        {rows.map((flow) => (
          <li key={flow.id} className="export-row">
            <label>
              <input
                type="checkbox"
                className="check"
                checked={chosen.has(flow.id)}
                onChange={() => toggle(flow.id)}
              />
              <span className="grow ellipsis">
                <Named text={flow.name} />
              </span>
              <span className="muted">{flow.version > 0 ? `live v${flow.version}` : "draft"}</span>
            </label>
          </li>
        ))}
      </ul>
      <LoadMore query={list} shown={rows.length} what="flow" />
    </section>
  );
}
