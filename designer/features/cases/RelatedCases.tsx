import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { artifactsQuery, type Case, relatedQuery } from "@/api/cases";
import { ErrorView } from "@/ui/Feedback";
import { Named, plainly } from "@/ui/Named";
import { SeverityMark, StatusMark } from "./words";

/** Cases that share artifacts with a case, with what they share. */
export function RelatedCases({ item }: { item: Case }) {
  // What is related changes with the artifacts alone, and with the other cases.
  const artifacts = useQuery(artifactsQuery(item.id, item.revision));
  const mark = artifacts.data?.items.map((a) => a.value).join("\n") ?? "";
  const list = useQuery({ ...relatedQuery(item.id, mark), enabled: artifacts.data !== undefined });
  return (
    <section className="card case-part" aria-labelledby="case-related">
      <header className="case-part-head">
        <h2 id="case-related">Related cases</h2>
      </header>
      {list.isError && <ErrorView error={list.error} />}
      {list.data?.items.length === 0 && (
        <p className="muted case-none">No other case shares an artifact with this one.</p>
      )}
      <ul className="case-related">
        {list.data?.items.map((r) => (
          <li key={r.case.id}>
            <Link to="/cases/$id" params={{ id: String(r.case.number) }}>
              #{r.case.number} <Named text={r.case.title} />
            </Link>
            <span className="case-related-marks">
              <SeverityMark severity={r.case.severity} /> <StatusMark item={r.case} />
            </span>
            <span className="muted">
              shares {r.shared.map((a) => plainly(a.shown)).join(", ")}
              {r.count > r.shared.length && ` and ${r.count - r.shared.length} more`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
