import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { triggersQuery } from "@/api/queries";
import { nodeById } from "@/core/flow/document";
import { dateText, plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { useFlow, useSession } from "./useSession";

/** Tells that triggers of the published version can't do their work, and leads to the first; nothing where all can. */
export function FailingTriggers() {
  const session = useSession();
  const flow = useFlow();
  const version = session.document((s) => s.version);
  const known = useQuery({ ...triggersQuery(session.id), enabled: version > 0 });
  const bad = (known.data?.items ?? []).filter((t) => t.state === "failing" || t.state === "unbound");
  // What is wrong with the draft was said before they began to fail, or to work again.
  const which = known.data && bad.map((t) => `${t.node} ${t.message}`).join("\n");
  const told = useRef<string>(undefined);
  useEffect(() => {
    if (which === undefined || which === told.current) return;
    const first = told.current === undefined;
    told.current = which;
    if (!first || which !== "") void session.check();
  }, [which, session]);
  const [first] = bad;
  if (first === undefined) return null;
  const why = `${plainly(first.message)}${first.since ? `, since ${dateText(first.since)}` : ""}`;
  return (
    <button
      type="button"
      className="badge badge-fail badge-button"
      title={why}
      data-testid="trigger-failing"
      // It may be gone from the draft: then there is nothing to lead to.
      disabled={nodeById(flow, first.node) === undefined}
      onClick={() => {
        session.enter(first.node);
        // Where it was open already, one may have read on.
        requestAnimationFrame(() =>
          document.querySelector('[data-testid="trigger-health"]')?.scrollIntoView({ block: "nearest" }),
        );
      }}
    >
      <TriangleAlert size={12} aria-hidden />
      {bad.length === 1 ? "Trigger failing" : `${plural(bad.length, "trigger")} failing`}
      <span className="hidden-text">: {why}</span>
    </button>
  );
}
