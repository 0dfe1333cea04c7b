import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Indicator, type IndicatorSighting, sightingPages } from "@/api/intel";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { LoadMore } from "@/ui/LoadMore";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";

/** Where an indicator was seen here, the newest first. */
export function Sightings({ item }: { item: Indicator }) {
  const list = useInfiniteQuery({
    ...sightingPages(item.id, item.revision),
    placeholderData: (before) => before,
  });
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section className="card intel-part" aria-labelledby="intel-sightings">
      <h2 id="intel-sightings">
        Sightings <span className="muted">{item.sightings}</span>
      </h2>
      {list.isPending && <SkeletonRows rows={2} height={28} />}
      {list.isError && <ErrorView error={list.error} />}
      {list.data !== undefined && items.length === 0 && (
        <p className="muted">
          Not seen here yet: an artifact of a case that matches is a sighting; so is what a flow records.
        </p>
      )}
      <ul className="intel-sightings">
        {items.map((s) => (
          <li key={s.id}>
            <span className="muted">
              <Ago at={s.at} />
            </span>
            <span>
              <Where seen={s} />
              {s.count > 1 && ` · ${s.count} times`}
              {s.observed !== undefined && s.observed !== "" && (
                <>
                  {" "}
                  as <code>{plainly(s.observed)}</code>
                </>
              )}
              {s.note !== "" && <span className="muted"> · {plainly(s.note)}</span>}
            </span>
          </li>
        ))}
      </ul>
      <LoadMore query={list} shown={items.length} what="sighting" />
    </section>
  );
}

function Where({ seen }: { seen: IndicatorSighting }) {
  if (seen.caseNumber !== undefined)
    return (
      <>
        in the case{" "}
        <Link to="/cases/$id" params={{ id: String(seen.caseNumber) }}>
          #{seen.caseNumber} {plainly(seen.caseTitle ?? "")}
        </Link>
      </>
    );
  return (
    <>
      by {plainly(seen.source)}
      {seen.run !== undefined && (
        <>
          {" in "}
          <Link to="/runs/$id" params={{ id: seen.run }}>
            a run
          </Link>
        </>
      )}
    </>
  );
}
