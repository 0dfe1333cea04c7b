import type { Flow } from "@/core/flow/document";
import { stepName } from "@/core/flow/steps";
import { Named } from "@/ui/Named";

interface StepNameProps {
  /** What the run runs; without it, while it is read, the key is all that is known. */
  flow: Flow | undefined;
  step: string;
}

/** A step by its name, with its key beside it: names need not be unique. */
export function StepName({ flow, step }: StepNameProps) {
  const name = stepName(flow, step);
  if (name === step) return <code>{step}</code>;
  return (
    <span className="step-name">
      <Named text={name} /> <code className="step-key">{step}</code>
    </span>
  );
}
