import { Check, HelpCircle, RotateCcw, Send, X } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { ApiError, fieldError } from "@/api/http";
import type { Answer, Decision, Question } from "@/api/types";
import type { Schema } from "@/core/flow/catalog";
import type { JsonObject } from "@/core/flow/document";
import { faultsUnder } from "@/core/input/faults";
import { PlainForm } from "@/schema-form/PlainForm";
import { Button } from "@/ui/Button";
import { ErrorView } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";

interface AnswerFormProps {
  question: Question;
  busy: boolean;
  error: unknown;
  onAnswer: (answer: Answer) => void;
  /** What else can be done, beside the answers. */
  more?: ReactNode;
}

/** The answers that a question takes, with its form and a comment. */
export function AnswerForm({ question: q, busy, error, onAnswer, more }: AnswerFormProps) {
  const [form, setForm] = useState<JsonObject>({});
  const [comment, setComment] = useState("");
  const [missing, setMissing] = useState(false);
  const hasForm = q.kind !== "unknown" && q.form !== undefined && q.form !== null;
  const reason = useRef<HTMLTextAreaElement>(null);
  const faults = useMemo(
    () => (error instanceof ApiError ? faultsUnder("/form", error.problems) : []),
    [error],
  );
  const answer = (decision: Decision) => {
    if (decision === "reject" && comment.trim() === "") {
      setMissing(true);
      reason.current?.focus();
      return;
    }
    const filled = hasForm && (decision === "approve" || decision === "fill");
    onAnswer({ decision, hash: q.hash, comment: comment.trim(), ...(filled ? { form } : {}) });
  };
  return (
    <section className="question-answer" aria-label="Your answer">
      {q.why && <p className="muted">{q.why}</p>}
      {hasForm && <PlainForm schema={q.form as Schema} value={form} onChange={setForm} faults={faults} />}
      <Field
        label="Comment"
        {...(missing
          ? { error: "Say why it is rejected." }
          : q.kind === "approval"
            ? { hint: "A rejection needs its reason." }
            : {})}
      >
        {(id, below) => (
          <textarea
            ref={reason}
            id={id}
            aria-describedby={below}
            aria-invalid={missing || fieldError(error, "/comment") !== undefined}
            className="textarea"
            rows={2}
            maxLength={4000}
            value={comment}
            onChange={(e) => {
              setComment(e.target.value);
              setMissing(false);
            }}
          />
        )}
      </Field>
      {error !== null && error !== undefined && faults.length === 0 && <ErrorView error={error} />}
      <div className="row question-buttons">
        <Buttons kind={q.kind} busy={busy} onAnswer={answer} />
        <span className="grow" />
        {more}
      </div>
    </section>
  );
}

interface ButtonsProps {
  kind: Question["kind"];
  busy: boolean;
  onAnswer: (decision: Decision) => void;
}

function Buttons({ kind, busy, onAnswer }: ButtonsProps) {
  if (kind === "form")
    return (
      <Button look="primary" busy={busy} onClick={() => onAnswer("fill")} data-testid="fill">
        <Send size={15} aria-hidden /> Send
      </Button>
    );
  if (kind === "unknown")
    return (
      <>
        <Button busy={busy} onClick={() => onAnswer("done")} data-testid="done">
          <Check size={15} aria-hidden /> It happened
        </Button>
        <Button busy={busy} onClick={() => onAnswer("not_done")} data-testid="not-done">
          <HelpCircle size={15} aria-hidden /> It did not
        </Button>
        <Button look="danger" busy={busy} onClick={() => onAnswer("retry")} data-testid="retry-call">
          <RotateCcw size={15} aria-hidden /> Do it again
        </Button>
      </>
    );
  return (
    <>
      <Button look="primary" busy={busy} onClick={() => onAnswer("approve")} data-testid="approve">
        <Check size={15} aria-hidden /> Approve
      </Button>
      <Button look="danger" busy={busy} onClick={() => onAnswer("reject")} data-testid="reject">
        <X size={15} aria-hidden /> Reject
      </Button>
    </>
  );
}
