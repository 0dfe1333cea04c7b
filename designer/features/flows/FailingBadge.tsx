import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { FailingTrigger } from "@/api/types";
import { dateText, plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { exactText } from "@/ui/Time";

/** Tells that triggers of a flow can't look for events, why and since when, and leads to the first. */
export function FailingBadge({ flow, failing }: { flow: string; failing: FailingTrigger[] }) {
  const [first] = failing;
  if (first === undefined) return null;
  return (
    <div className="failing" data-testid="failing">
      <Link to="/flows/$id" params={{ id: flow }} search={{ node: first.node }} className="badge badge-fail">
        <TriangleAlert size={12} aria-hidden />
        {failing.length === 1 ? "Trigger failing" : `${plural(failing.length, "trigger")} failing`}
      </Link>
      <p className="muted failing-why" title={plainly(first.message)}>
        {plainly(first.message)}
      </p>
      <p className="muted">
        since{" "}
        <time dateTime={first.since} title={exactText(first.since)}>
          {dateText(first.since)}
        </time>
      </p>
    </div>
  );
}
