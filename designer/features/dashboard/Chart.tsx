import type { Dashboard, DashboardRuns } from "@/api/dashboard";
import { plural } from "@/ui/format";
import { ListLink } from "./Figure";
import { runsOf } from "./lists";
import { bucketText } from "./words";

interface ChartProps {
  view: Dashboard;
  runs: DashboardRuns;
  flow: string | undefined;
}

/** The runs of each hour or day as bars, and as a table for who doesn't see them. */
export function Chart({ view, runs, flow }: ChartProps) {
  const bars = runs.buckets.map((b) => {
    const wrong = b.failed + b.unknown;
    return { at: b.at, good: b.succeeded, wrong, rest: b.canceled, all: b.succeeded + wrong + b.canceled };
  });
  const most = Math.max(1, ...bars.map((b) => b.all));
  const partOf = (at: string) => ({
    from: at,
    until: new Date(Date.parse(at) + view.bucketMs).toISOString(),
  });
  const unit = view.bucketMs < 86_400_000 ? "hour" : "day";
  return (
    <div className="dash-chart">
      <div className="dash-bars" aria-hidden>
        {bars.map((b) => (
          <span
            key={b.at}
            className="dash-bar"
            title={`${bucketText(view, b.at)}: ${plural(b.good, "run")} succeeded, ${b.wrong} failed or unknown, ${b.rest} canceled`}
          >
            <Part share={b.rest / most} look="rest" />
            <Part share={b.wrong / most} look="wrong" />
            <Part share={b.good / most} look="good" />
          </span>
        ))}
      </div>
      <div className="dash-axis" aria-hidden>
        <span>{bucketText(view, view.from)}</span>
        <span className="dash-key" data-look="good">
          Succeeded
        </span>
        <span className="dash-key" data-look="wrong">
          Failed or unknown
        </span>
        <span className="dash-key" data-look="rest">
          Canceled
        </span>
        <span>now</span>
      </div>
      <details className="dash-details">
        <summary>Runs of each {unit}, as a table</summary>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{unit === "hour" ? "Hour" : "Day"} (UTC)</th>
              <th scope="col">Succeeded</th>
              <th scope="col">Failed or unknown</th>
              <th scope="col">Canceled</th>
            </tr>
          </thead>
          <tbody>
            {bars
              .filter((b) => b.all > 0)
              .map((b) => (
                <tr key={b.at}>
                  <th scope="row">{bucketText(view, b.at)}</th>
                  {(["succeeded", "failures", "canceled"] as const).map((state, i) => (
                    <td key={state}>
                      <ListLink {...runsOf(partOf(b.at), { state, flow })}>
                        {[b.good, b.wrong, b.rest][i]}
                      </ListLink>
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}

function Part({ share, look }: { share: number; look: string }) {
  if (share === 0) return null;
  // What is there at all is seen.
  return <span className="dash-part" data-look={look} style={{ height: `max(2px, ${share * 100}%)` }} />;
}
