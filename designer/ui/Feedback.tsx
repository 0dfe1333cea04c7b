import { CircleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { messageParts, ProblemText } from "./ProblemText";

interface ProblemLike {
  message: string;
  fix?: string;
  line?: number;
  column?: number;
  file?: string;
  pointer?: string;
}

interface FailureProps {
  title: string;
  detail?: string;
  problems?: ProblemLike[];
  children?: ReactNode;
}

/** What went wrong, as the server or the browser said it, and what can be done. */
export function Failure({ title, detail, problems = [], children }: FailureProps) {
  const { text, source } = messageParts(title);
  // One sentence is said once, also where a list has nothing else.
  const more = problems.filter((p) => p.fix || (p.message !== title && p.message !== detail));
  return (
    <div className="problem" role="alert">
      <p className="problem-title">
        <CircleAlert size={16} aria-hidden />
        <span>{text}</span>
      </p>
      {source !== undefined && <code className="caret">{source}</code>}
      {detail !== undefined && detail !== title && <p>{detail}</p>}
      {more.length > 0 && (
        <ul>
          {more.map((p, i) => (
            <li key={i}>
              <ProblemPlace problem={p} />
              <ProblemText message={p.message} fix={p.fix} />
            </li>
          ))}
        </ul>
      )}
      {children}
    </div>
  );
}

function ProblemPlace({ problem }: { problem: ProblemLike }) {
  const place = [problem.file, problem.line ? `${problem.line}:${problem.column ?? 1}` : undefined]
    .filter(Boolean)
    .join(":");
  return place === "" ? null : <code className="muted">{place}: </code>;
}

interface ErrorLike {
  message: string;
  title?: string;
  problems?: ProblemLike[];
}

/** The names of statuses, which tell a person nothing that the sentence behind them doesn't. */
const STATUS = new Set([
  ...["Bad Request", "Unauthorized", "Forbidden", "Not Found", "Method Not Allowed", "Conflict", "Gone"],
  ...["Precondition Failed", "Request Entity Too Large", "Content Too Large", "Unsupported Media Type"],
  ...["Unprocessable Entity", "Unprocessable Content", "Locked", "Too Many Requests"],
  ...["Internal Server Error", "Bad Gateway", "Service Unavailable", "Gateway Timeout"],
]);

/** The Failure of a thrown error. */
export function ErrorView({ error, children }: { error: unknown; children?: ReactNode }) {
  const e = (error instanceof Error ? error : new Error(String(error))) as ErrorLike;
  return (
    <Failure
      title={e.title === undefined || STATUS.has(e.title) ? e.message : e.title}
      {...(e.title ? { detail: e.message } : {})}
      {...(e.problems ? { problems: e.problems } : {})}
    >
      {children}
    </Failure>
  );
}

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  text: string;
  children?: ReactNode;
}

/** An empty place that says what belongs there and how it comes. */
export function Empty({ icon: Icon, title, text, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon size={28} strokeWidth={1.5} aria-hidden />
      <h2>{title}</h2>
      <p>{text}</p>
      {children !== undefined && <div className="empty-actions">{children}</div>}
    </div>
  );
}

/** Grey bars where rows will be, so that nothing jumps when they come. */
export function SkeletonRows({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading" className="skeletons" data-skeleton="rows">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="skeleton" style={{ height: height - 12, margin: "12px 12px 0" }} />
      ))}
    </div>
  );
}
