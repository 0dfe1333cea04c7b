import "./approvals.css";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Castle } from "lucide-react";
import { useState } from "react";
import { questions } from "@/api/client";
import { linkedQuestionQuery } from "@/api/queries";
import type { Answer } from "@/api/types";
import { ErrorView, Failure, SkeletonRows } from "@/ui/Feedback";
import { AnswerForm } from "./AnswerForm";
import { QuestionView } from "./QuestionView";

/** Somebody answers one question by a link, without logging in. Opening it decides nothing. */
export function AnswerPage() {
  const [token] = useState(() => window.location.hash.slice(1));
  const link = useQuery({ ...linkedQuestionQuery(token), enabled: token !== "" });
  const answer = useMutation({ mutationFn: (body: Answer) => questions.decideByLink(token, body) });
  const shown = answer.data ?? link.data;
  return (
    <main className="answer-page">
      <div className="account-mark">
        <Castle size={26} strokeWidth={1.75} aria-hidden />
        <span className="muted">{shown === undefined ? "Drawbridge" : `You answer as ${shown.as}`}</span>
      </div>
      {token === "" && (
        <Failure title="The link is incomplete" detail="Open the whole link that you were sent." />
      )}
      {link.isError && answer.data === undefined && (
        <ErrorView
          error={new Error("This link was used, has run out, or what it asked is decided already.")}
        />
      )}
      {token !== "" && link.isPending && <SkeletonRows rows={4} />}
      {shown !== undefined && (
        <QuestionView question={shown.question}>
          {answer.data === undefined ? (
            <AnswerForm
              question={shown.question}
              busy={answer.isPending}
              error={answer.error}
              onAnswer={(body) => answer.mutate(body)}
            />
          ) : (
            <p
              ref={(said) => said?.focus()}
              tabIndex={-1}
              role="status"
              className="question-answer"
              data-testid="answered"
            >
              Thank you: your answer is kept. You can close this page.
            </p>
          )}
        </QuestionView>
      )}
    </main>
  );
}
