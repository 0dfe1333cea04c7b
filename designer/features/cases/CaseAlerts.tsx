import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { caseAlertsQuery } from "@/api/alerts";
import type { Case } from "@/api/cases";
import { ErrorView } from "@/ui/Feedback";
import { Named, plainly } from "@/ui/Named";

/** The alerts that go on in a case; nothing where there are none. */
export function CaseAlerts({ item }: { item: Case }) {
  const list = useQuery(caseAlertsQuery(item.id, item.revision));
  if (list.data?.items.length === 0 || list.isPending) return null;
  return (
    <section className="card case-part" aria-labelledby="case-alerts">
      <header className="case-part-head">
        <h2 id="case-alerts">
          Alerts <span className="muted">{list.data?.items.length}</span>
        </h2>
      </header>
      {list.isError && <ErrorView error={list.error} />}
      <ul className="case-related">
        {list.data?.items.map((a) => (
          <li key={a.id}>
            <Link to="/alerts" search={{ view: "cased", alert: String(a.number) }}>
              #{a.number} <Named text={a.title} />
            </Link>
            <span className="muted">
              {plainly(a.source)}, severity {a.severity}, score {a.score} of 1000
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
