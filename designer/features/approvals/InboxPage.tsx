import { Named } from "@/ui/Named";
import "./approvals.css";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import { questionPages } from "@/api/queries";
import type { Question } from "@/api/types";
import { useInbox } from "@/run/inbox";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/Feedback";
import { Segments } from "@/ui/Fields";
import { PagedCard } from "@/ui/PagedCard";
import { Ago, Until } from "@/ui/Time";
import { Whence, withNames } from "./names";
import { KindBadge, QuestionState, titleOf } from "./words";

const route = getRouteApi("/app/inbox");

type Shown = "mine" | "open" | "closed";
const SHOWN: readonly { value: Shown; label: string }[] = [
  { value: "mine", label: "For you" },
  { value: "open", label: "All open" },
  { value: "closed", label: "Closed" },
];

/** What runs ask people: approvals, forms, and what became of interrupted calls. */
export function InboxPage() {
  const { show = "mine" } = route.useSearch() as { show?: Shown };
  const go = route.useNavigate();
  const list = useInfiniteQuery(questionPages(show === "closed" ? "closed" : "open"));
  useInbox();
  const items = (list.data?.pages.flatMap((p) => p.items) ?? []).filter((q) => show !== "mine" || q.mine);
  const set = (value: Shown) => void go({ search: value === "mine" ? {} : { show: value }, replace: true });
  return (
    <>
      <header className="page-head">
        <h1>Inbox</h1>
        <Segments label="Which questions" value={show} options={SHOWN} onChange={set} />
      </header>
      <div className="page-body">
        <PagedCard query={list} shown={items.length} what="question" className="runs-card inbox-card">
          {items.length > 0 ? <Questions items={items} /> : <Nothing show={show} onAll={() => set("open")} />}
        </PagedCard>
      </div>
    </>
  );
}

function Nothing({ show, onAll }: { show: Shown; onAll: () => void }) {
  if (show === "closed")
    return (
      <Empty icon={Inbox} title="Nothing was asked yet" text="What people answered will be listed here.">
        <AllFlows />
      </Empty>
    );
  return (
    <Empty
      icon={Inbox}
      title={show === "mine" ? "Nothing waits for you" : "Nothing waits for an answer"}
      text="Approvals and forms of runs come here, and calls of which nobody knows whether they took effect."
    >
      {show === "mine" ? <Button onClick={onAll}>What others are asked</Button> : <AllFlows />}
    </Empty>
  );
}

function AllFlows() {
  return (
    <Link to="/flows" search={{}} className="btn">
      All flows
    </Link>
  );
}

function Questions({ items }: { items: Question[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th>Question</th>
          <th>Kind</th>
          <th>Flow</th>
          <th>Asked</th>
          <th>Deadline</th>
        </tr>
      </thead>
      <tbody>
        {items.map((q) => (
          <tr key={q.id} data-testid="question">
            <td>
              <Link to="/inbox/$id" params={{ id: q.id }} className="run-link">
                {titleOf(q)}
              </Link>
              {q.mine && <span className="badge mine">For you</span>}
              {q.about && (
                <div>
                  <span className="question-in-short">{withNames(q.about, q.names)}</span>
                </div>
              )}
            </td>
            <td>{q.state === "open" ? <KindBadge kind={q.kind} /> : <QuestionState state={q.state} />}</td>
            <td className="ellipsis">
              <Named text={q.flowName} />
              <Whence question={q} />
            </td>
            <td>
              <Ago at={q.askedAt} />
            </td>
            <td>{q.state === "open" ? <Until at={q.deadlineAt} /> : <Ago at={q.closedAt} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
