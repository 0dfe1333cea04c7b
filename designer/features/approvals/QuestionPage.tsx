import "./approvals.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronRight, Link2, UserPlus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { questions } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { meQuery, openQuestionsQuery, questionQuery, runFlowQuery } from "@/api/queries";
import type { Answer, Question } from "@/api/types";
import { nodeOfKey, stepName } from "@/core/flow/steps";
import { useInbox } from "@/run/inbox";
import { Button } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { toast } from "@/ui/Toasts";
import { AfterAnswer } from "./AfterAnswer";
import { AnswerForm } from "./AnswerForm";
import { DelegateDialog } from "./DelegateDialog";
import { LinkDialog } from "./LinkDialog";
import { QuestionView } from "./QuestionView";
import { outcomeOf, titleOf } from "./words";

const route = getRouteApi("/app/inbox/$id");

/** One question, and the way to answer it. */
export function QuestionPage() {
  const { id } = route.useParams();
  const query = useQuery(questionQuery(id));
  useInbox();
  if (query.error)
    return (
      <div className="centre">
        <h1>The question could not be opened</h1>
        <ErrorView error={query.error} />
        <Link to="/inbox" search={{}} className="btn">
          The inbox
        </Link>
      </div>
    );
  if (query.data === undefined) return <SkeletonRows rows={6} />;
  return <OpenQuestion key={id} question={query.data} />;
}

function OpenQuestion({ question }: { question: Question }) {
  const queries = useQueryClient();
  const { can } = usePermissions();
  const me = useQuery(meQuery);
  const flow = useQuery({ ...runFlowQuery(question.run), enabled: can("run.read") }).data?.flow;
  const [dialog, setDialog] = useState<"delegate" | "link">();
  const [done, setDone] = useState<{ handedTo?: string }>();
  const after = useAfter(done !== undefined);
  const next = useNext(question.id);
  const answer = useMutation({
    mutationFn: (body: Answer) => questions.decide(question.id, body),
    onSuccess(now) {
      queries.setQueryData(questionQuery(question.id).queryKey, now);
      toast("ok", `${outcomeOf(now)}: ${titleOf(now)}`);
      setDone({});
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["questions"] }),
  });
  const open = question.state === "open";
  return (
    <>
      <header className="page-head">
        <nav className="crumbs" aria-label="Place">
          <Link to="/inbox" search={{}}>
            Inbox
          </Link>
          <ChevronRight size={14} aria-hidden />
          <span className="ellipsis">{titleOf(question)}</span>
        </nav>
      </header>
      <div className="page-body question-page">
        {done && (
          <AfterAnswer question={question} handedTo={done.handedTo} next={next} nextRef={after.next} />
        )}
        <QuestionView
          question={question}
          heading={after.heading}
          step={flow && stepName(flow, question.step)}
          flow={flow}
          links={
            <p className="row question-links">
              <Link
                to="/runs/$id"
                params={{ id: question.run }}
                search={{ node: nodeOfKey(question.step) }}
                className="btn"
              >
                Open the run
              </Link>
            </p>
          }
        >
          {open && question.mine && (
            <AnswerForm
              question={question}
              busy={answer.isPending}
              error={answer.error}
              onAnswer={(body) => answer.mutate(body)}
              more={
                <Button onClick={() => setDialog("delegate")} data-testid="delegate">
                  <UserPlus size={15} aria-hidden /> Delegate…
                </Button>
              }
            />
          )}
          {open && !question.mine && question.why && (
            <p className="muted question-answer" data-testid="not-mine">
              You can't answer: {question.why}.
            </p>
          )}
          {open && can("user.manage") && me.data?.name === question.requestedBy && (
            <p className="muted">
              Another admin can make a link by which somebody answers once without logging in; whoever started
              the run can't.
            </p>
          )}
          {open && can("user.manage") && me.data?.name !== question.requestedBy && (
            <p className="question-link">
              <Button small onClick={() => setDialog("link")}>
                <Link2 size={14} aria-hidden /> Make a one-time link…
              </Button>
            </p>
          )}
        </QuestionView>
      </div>
      <DelegateDialog
        question={question}
        open={dialog === "delegate"}
        onClose={() => setDialog(undefined)}
        onClosed={(to) => {
          if (to === undefined) return;
          toast("ok", `Handed to ${to}: ${titleOf(question)}`);
          setDone({ handedTo: to });
        }}
      />
      <LinkDialog question={question} open={dialog === "link"} onClose={() => setDialog(undefined)} />
    </>
  );
}

/** The next question that waits for whoever is logged in. */
function useNext(id: string): Question | undefined {
  const open = useQuery(openQuestionsQuery);
  return open.data?.items.find((q) => q.mine && q.id !== id);
}

/** Where the focus goes when a question is done, and its form is gone: to the next one, or to the heading. */
function useAfter(done: boolean) {
  const next = useRef<HTMLAnchorElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (done) (next.current ?? heading.current)?.focus();
  }, [done]);
  return { next, heading };
}
