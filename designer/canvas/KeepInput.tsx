import { useMutation } from "@tanstack/react-query";
import { Pin } from "lucide-react";
import { useChangeSamples } from "@/api/samples";
import type { Run, Sample } from "@/api/types";
import { withSample } from "@/core/input/samples";
import { Button } from "@/ui/Button";
import { shortId } from "@/ui/format";
import { handSample } from "@/ui/handover";
import { toast } from "@/ui/Toasts";

interface KeepInputProps {
  run: Run;
  /** Called once the sample is kept and waits for the editor. */
  onKept: () => void;
}

/** Keeps what a run began with as a sample of its flow, so that the draft can be mended with it. */
export function KeepInput({ run, onKept }: KeepInputProps) {
  const change = useChangeSamples(run.flow);
  const keep = useMutation({
    async mutationFn(): Promise<Sample> {
      const input = run.input ?? null;
      let kept: Sample = { name: `Run ${shortId(run.id)}`, trigger: run.trigger ?? "", input };
      await change((items) => {
        const known = items.find((s) => JSON.stringify(s.input) === JSON.stringify(input));
        const next = known === undefined ? withSample(items, kept) : { items, kept: known };
        kept = next.kept;
        return next.items;
      });
      return kept;
    },
    onSuccess(sample) {
      handSample(run.flow, sample.name);
      onKept();
      toast("ok", `The draft now runs on “${sample.name}”.`);
    },
    onError: (error) => toast("fail", error.message),
  });
  return (
    <Button small busy={keep.isPending} onClick={() => keep.mutate()} data-testid="keep-input">
      <Pin size={14} aria-hidden /> Use this input in the draft
    </Button>
  );
}
