import { useState } from "react";
import type { Indicator } from "@/api/intel";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { useChangeIndicator } from "./useIndicator";

interface JudgeProps {
  item: Indicator;
  /** Whether its score is set, or it is marked a false positive. */
  what: "score" | "false";
  onClose: () => void;
}

/** Asks for what a person decides in the place of the formula, and why. */
export function JudgeDialog({ item, what, onClose }: JudgeProps) {
  const [score, setScore] = useState(String(item.score));
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const change = useChangeIndicator(item);
  const marking = what === "false";
  const send = () => {
    if (reason.trim() === "") {
      setMissing(true);
      return;
    }
    const number = Math.min(1000, Math.max(0, Math.round(Number(score) || 0)));
    change.mutate(marking ? { falsePositive: reason } : { override: { score: number, reason } }, {
      onSuccess: onClose,
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={marking ? `Is ${item.shown} a false positive?` : `Set the score of ${item.shown}`}
      description={marking ? "It scores 0 from then on, and says why." : "It takes the place of the formula."}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={change.isPending} onClick={send}>
            {marking ? "Mark it" : "Set it"}
          </Button>
        </>
      }
    >
      <form
        className="intel-form"
        onSubmit={(e) => {
          e.preventDefault();
          send();
        }}
      >
        {!marking && (
          <TextField
            label="Score"
            hint="0 to 1000."
            type="number"
            min={0}
            max={1000}
            value={score}
            onChange={(e) => setScore(e.target.value)}
            autoFocus
          />
        )}
        <TextField
          label="Reason"
          value={reason}
          error={missing && reason.trim() === "" ? "Say why." : undefined}
          onChange={(e) => setReason(e.target.value)}
          autoFocus={marking}
        />
        {change.isError && <ErrorView error={change.error} />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
