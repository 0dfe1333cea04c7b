import { CircleX } from "lucide-react";
import { useContext, useMemo } from "react";
import { RunContext, useRunSummary } from "@/run/hooks";
import type { StepView } from "@/run/reduce";
import { plural } from "@/ui/format";

/** How many steps failed in a run that succeeded all the same, with the way to the first of them. */
export function FailedSteps({ onShow }: { onShow: ((step: StepView) => void) | undefined }) {
  const run = useRunSummary();
  const store = useContext(RunContext);
  const view = run?.state === "succeeded" ? store.view : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a view is changed in place
  const failed = useMemo(() => failedOf(view?.steps.values() ?? []), [view, run?.tick]);
  const [first] = failed;
  if (first === undefined) return null;
  const text = (
    <>
      <CircleX size={14} aria-hidden /> {plural(failed.length, "step")} failed
    </>
  );
  if (onShow === undefined)
    return (
      <span className="state run-failed" data-state="failed" data-testid="failed-steps">
        {text}
      </span>
    );
  return (
    <button
      type="button"
      className="link-button state run-failed"
      data-state="failed"
      data-testid="failed-steps"
      title="Their failure was handled. Show the first."
      onClick={() => onShow(first)}
    >
      {text}
    </button>
  );
}

/** The steps that failed, the first that did before the others. */
function failedOf(steps: Iterable<StepView>): StepView[] {
  const failed = [...steps].filter((s) => s.state === "failed");
  return failed.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
}
