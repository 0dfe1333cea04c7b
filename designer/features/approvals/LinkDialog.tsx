import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { questions } from "@/api/client";
import { fieldError } from "@/api/http";
import type { Question } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { DoneButton } from "@/ui/DoneButton";
import { ErrorView } from "@/ui/Feedback";
import { dateText } from "@/ui/format";
import { Once } from "@/ui/Once";
import { PersonField } from "./PersonField";

interface LinkDialogProps {
  question: Question;
  open: boolean;
  onClose: () => void;
}

/** Makes a link by which one person answers this question once, without logging in. */
export function LinkDialog({ question, open, onClose }: LinkDialogProps) {
  const form = useId();
  const [user, setUser] = useState("");
  const make = useMutation({ mutationFn: () => questions.link(question.id, user) });
  const made = make.data;
  const wrong = fieldError(make.error, "/user");
  const close = () => {
    onClose();
    make.reset();
    setUser("");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (user !== "") make.mutate();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={made === undefined ? "A link for whom?" : "Copy the link now"}
      footer={
        made === undefined ? (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button type="submit" form={form} look="primary" busy={make.isPending} disabled={user === ""}>
              Make the link
            </Button>
          </>
        ) : (
          <DoneButton onClick={close} />
        )
      }
    >
      {made === undefined ? (
        <form id={form} onSubmit={submit} className="question-form">
          {make.isError && wrong === undefined && <ErrorView error={make.error} />}
          <PersonField
            hint="They must be among those who are asked."
            value={user}
            error={wrong}
            without={[question.kind === "approval" ? question.requestedBy : undefined]}
            onChange={(name) => {
              setUser(name);
              make.reset();
            }}
          />
        </form>
      ) : (
        <>
          <p>
            Send this link to <strong>{user}</strong> by a way that only they read.
          </p>
          <Once
            value={`${window.location.origin}${made.path}`}
            what="link"
            testid="answer-link"
            warning={`It is shown this once and answers once, until ${dateText(made.expiresAt)}. Whoever opens it answers as ${user}.`}
          />
        </>
      )}
    </Dialog>
  );
}
