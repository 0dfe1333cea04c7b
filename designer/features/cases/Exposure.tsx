import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { exposureQuery } from "@/api/assets";
import type { Case } from "@/api/cases";
import { ErrorView } from "@/ui/Feedback";
import { plainly } from "@/ui/Named";

/** How many findings of an asset are shown. */
const FIRST = 5;

/** The assets that a case and its alerts are about, with what scanners found in them; nothing where there are none. */
export function Exposure({ item }: { item: Case }) {
  const list = useQuery(exposureQuery(item.id, item.revision));
  if (list.isPending || list.data?.items.length === 0) return null;
  return (
    <section className="card case-part" aria-labelledby="case-exposure">
      <header className="case-part-head">
        <h2 id="case-exposure">Exposure</h2>
      </header>
      {list.isError && <ErrorView error={list.error} />}
      <ul className="case-related">
        {list.data?.items.map((e) => (
          <li key={e.asset.id}>
            <Link to="/inventory" search={{ q: e.asset.name }}>
              {plainly(e.asset.name)}
            </Link>
            <span className="muted">
              criticality {e.asset.criticality} of 5
              {e.asset.owner === "" ? "" : `, of ${plainly(e.asset.owner)}`}
              {e.impact > 0 &&
                `, loss to be expected ${Math.round(e.impact).toLocaleString("en")} ${e.asset.currency}`}
            </span>
            {e.findings.length === 0 && <span className="muted">no open findings</span>}
            {e.findings.slice(0, FIRST).map((f) => (
              <span key={f.id}>
                <strong>{f.priority}</strong> {plainly(f.cve ?? f.title)}
                {(f.exploited || f.seen) && (
                  <span className="case-overdue"> {f.seen ? "seen in this case" : "exploited"}</span>
                )}
              </span>
            ))}
            {e.findings.length > FIRST && <span className="muted">and {e.findings.length - FIRST} more</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
