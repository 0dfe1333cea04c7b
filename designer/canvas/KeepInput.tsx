import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pin } from "lucide-react";
import { flows } from "@/api/client";
import { samplesQuery } from "@/api/queries";
import type { Run, Sample } from "@/api/types";
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
  const queries = useQueryClient();
  const keep = useMutation({
    async mutationFn(): Promise<Sample> {
      const input = run.input ?? null;
      const { items } = await flows.samples(run.flow);
      const known = items.find((s) => JSON.stringify(s.input) === JSON.stringify(input));
      if (known !== undefined) return known;
      const fresh: Sample = { name: `Run ${shortId(run.id)}`, trigger: run.trigger ?? "", input };
      const kept = [...items.filter((s) => s.name !== fresh.name), fresh];
      await flows.saveSamples(run.flow, kept);
      queries.setQueryData(samplesQuery(run.flow).queryKey, { items: kept });
      return fresh;
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
