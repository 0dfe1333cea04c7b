import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { questions } from "@/api/client";
import { fieldError } from "@/api/http";
import { meQuery, questionQuery } from "@/api/queries";
import type { Question } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { PersonField } from "./PersonField";

interface DelegateDialogProps {
  question: Question;
  open: boolean;
  onClose: () => void;
  /** Called when it is gone, with whom it was handed to. */
  onClosed: (to?: string) => void;
}

/** Has somebody else answer in one's own place. */
export function DelegateDialog({ question, open, onClose, onClosed }: DelegateDialogProps) {
  const queries = useQueryClient();
  const form = useId();
  const me = useQuery(meQuery);
  const [to, setTo] = useState("");
  const [comment, setComment] = useState("");
  const hand = useMutation({
    mutationFn: () => questions.delegate(question.id, to, comment.trim()),
    onSuccess(now) {
      queries.setQueryData(questionQuery(question.id).queryKey, now);
      void queries.invalidateQueries({ queryKey: ["questions"] });
      onClose();
    },
  });
  const wrong = fieldError(hand.error, "/to");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (to !== "") hand.mutate();
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      onClosed={() => onClosed(hand.isSuccess ? to : undefined)}
      title="Who answers in your place?"
      description="You can't answer any more then, unless they hand it back."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={form} look="primary" busy={hand.isPending} disabled={to === ""}>
            Delegate
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="question-form">
        {hand.isError && wrong === undefined && <ErrorView error={hand.error} />}
        <PersonField
          value={to}
          error={wrong}
          hint="Somebody who isn't asked already. Who started the run can't approve it."
          without={[me.data?.name, question.kind === "approval" ? question.requestedBy : undefined]}
          onChange={(name) => {
            setTo(name);
            hand.reset();
          }}
        />
        <Field label="Comment">
          {(id) => (
            <textarea
              id={id}
              className="textarea"
              rows={2}
              maxLength={4000}
              value={comment}
              onChange={(e) => setComment(e.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
