import { TriangleAlert } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import type { NamedId } from "@/api/questionTypes";
import type { Question } from "@/api/types";
import type { Flow } from "@/core/flow/document";
import { plural } from "@/ui/format";
import { JsonTree } from "@/ui/JsonTree";
import { Named, plainly } from "@/ui/Named";
import { Ago, Until } from "@/ui/Time";
import { NamesContext } from "./names";
import { Values } from "./Values";
import { decisionWord, KindBadge, QuestionState, titleOf } from "./words";

const NO_NAMES: readonly NamedId[] = [];

interface QuestionViewProps {
  question: Question;
  /** What the step that asks is called, where the flow is known. */
  step?: string | undefined;
  /** The flow that asks, where it may be read. */
  flow?: Flow | undefined;
  /** Leads to the run and the flow; a person without a log-in has no way there. */
  links?: ReactNode;
  children?: ReactNode;
  /** Takes the focus where what had it is gone. */
  heading?: RefObject<HTMLHeadingElement | null>;
}

/** A question with exactly what is decided on, why it is asked, and what was answered. */
export function QuestionView({ question: q, step, flow, links, children, heading }: QuestionViewProps) {
  return (
    <NamesContext.Provider value={q.names ?? NO_NAMES}>
      <article className="card question" data-testid="question-view">
        <header className="question-head">
          <KindBadge kind={q.kind} />
          <QuestionState state={q.state} />
          <span className="grow" />
          <span className="muted">
            {q.state === "open" ? (
              q.deadlineAt && (
                <>
                  due <Until at={q.deadlineAt} />
                </>
              )
            ) : (
              <Ago at={q.closedAt} />
            )}
          </span>
        </header>
        <h1 ref={heading} tabIndex={-1}>
          {titleOf(q)}
        </h1>
        {q.dryRun && (
          <p>
            <span className="badge badge-wait">Dry run</span> Nothing is changed outside, whatever the answer.
          </p>
        )}
        {q.message && <p className="question-message">{plainly(q.message)}</p>}
        {q.show !== undefined && q.show !== null && (
          <section aria-label="What is decided on" className="question-show">
            <h2>{q.kind === "unknown" ? "What it was called with" : "What is decided on"}</h2>
            <Values value={q.show} label="What is decided on" />
          </section>
        )}
        {q.then.length > 0 && <Follows question={q} flow={flow} />}
        <dl className="question-why">
          <dt>Asked by</dt>
          <dd>
            <Named text={q.flowName} />, step{" "}
            {step === undefined ? <code>{q.step}</code> : <Named text={step} />}, <Ago at={q.askedAt} />
          </dd>
          {q.rootName && (
            <>
              <dt>Called by</dt>
              <dd>
                <Named text={q.rootName} />
              </dd>
            </>
          )}
          <dt>Started by</dt>
          <dd>{plainly(q.requestedBy || "a trigger")}</dd>
          <dt>Asked are</dt>
          <dd>
            {plainly(q.to.join(", "))}
            {q.quorum > 1 && `: ${q.quorum} must approve`}
            {q.reminded > 1 && `, reminded ${plural(q.reminded - 1, "time")}`}
          </dd>
        </dl>
        {links}
        <History question={q} />
        {children}
      </article>
    </NamesContext.Provider>
  );
}

/** Of how many actions a line each is shown; the server tells the values of no more either. */
const MOST_ACTIONS = 20;

function Follows({ question: q, flow }: { question: Question; flow: Flow | undefined }) {
  const [told, rest] = [q.then.slice(0, MOST_ACTIONS), q.then.slice(MOST_ACTIONS)];
  return (
    <section aria-label="What then happens" className="question-then">
      <h2>
        {q.dryRun
          ? "In a real run, these would have effects outside"
          : "If it is approved, these have effects outside"}
      </h2>
      <ul>
        {told.map((t) => (
          <li key={t.node}>
            {t.effect === "destructive" && <TriangleAlert size={15} aria-hidden className="danger" />}
            <Named text={t.name || t.node} /> <code>{t.type}</code>{" "}
            <span className="badge" data-effect={t.effect}>
              {t.effect}
            </span>
            {t.with !== undefined && t.with !== null && (
              <Values
                value={t.with}
                label={`What ${t.name || t.node} is given`}
                open={t.open}
                cut={t.cut}
                flow={flow}
              />
            )}
            {t.untold && <span className="muted">What it is given is not told here.</span>}
          </li>
        ))}
      </ul>
      {rest.length > 0 && (
        <details className="question-more">
          <summary>{plural(rest.length, "more action")}; what they are given is not told here</summary>
          <p>{plainly(rest.map((t) => t.name || t.node).join(", "))}</p>
        </details>
      )}
    </section>
  );
}

function History({ question: q }: { question: Question }) {
  if (q.answers.length + q.delegations.length === 0) return null;
  return (
    <section aria-label="What was answered" className="question-history">
      <h2>What was answered</h2>
      <ul>
        {q.delegations.map((d, i) => (
          <li key={`d${i}`}>
            <strong>{plainly(d.from)}</strong> handed it to <strong>{plainly(d.to)}</strong>,{" "}
            <Ago at={d.at} />
            {d.comment && <p className="question-comment">{plainly(d.comment)}</p>}
          </li>
        ))}
        {q.answers.map((a, i) => (
          <li key={`a${i}`} data-testid="answer">
            <strong>{plainly(a.by)}</strong>
            {a.for && plainly(` for ${a.for}`)} {decisionWord(a.decision)}, <Ago at={a.at} />
            {a.comment && <p className="question-comment">{plainly(a.comment)}</p>}
            {a.form !== undefined && a.form !== null && (
              <JsonTree value={a.form} label="What was filled in" searchable={false} compact />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
