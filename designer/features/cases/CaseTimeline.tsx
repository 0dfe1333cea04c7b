import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, UserRound } from "lucide-react";
import { useState } from "react";
import { type Case, type CaseEntry, cases, timelinePages } from "@/api/cases";
import { Markdown } from "@/canvas/Markdown";
import { Button } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { LoadMore } from "@/ui/LoadMore";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { entryText, leftText } from "./entryText";
import { useShowCase } from "./useCase";

/** What happened to a case, by people and machines, the newest first; one comments at its head. */
export function CaseTimeline({ item, disabled }: { item: Case; disabled: boolean }) {
  const list = useInfiniteQuery(timelinePages(item.id, item.entries));
  const entries = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section className="card case-part" aria-labelledby="case-timeline">
      <header className="case-part-head">
        <h2 id="case-timeline">Timeline</h2>
      </header>
      {!disabled && <CommentBox item={item} />}
      {list.isPending && <SkeletonRows rows={4} height={40} />}
      {list.isError && <ErrorView error={list.error} />}
      <ol className="case-timeline">
        {entries.map((e) => (
          <TimelineEntry key={e.seq} entry={e} />
        ))}
      </ol>
      {list.data !== undefined && <LoadMore query={list} shown={entries.length} what="entry" />}
    </section>
  );
}

function TimelineEntry({ entry }: { entry: CaseEntry }) {
  const Icon = entry.by.kind === "flow" || entry.by.kind === "system" ? Bot : UserRound;
  const text = typeof entry.data.text === "string" ? entry.data.text : undefined;
  return (
    <li className="case-entry" data-kind={entry.kind}>
      <Icon size={16} aria-hidden className="case-entry-icon" />
      <div>
        <p>
          <strong>{plainly(entry.by.name)}</strong> {entryText(entry)} <MergeLink entry={entry} />
          <span className="muted">
            <Ago at={entry.at} />
            {entry.by.run && (
              <>
                {" · "}
                <Link
                  to="/runs/$id"
                  params={{ id: entry.by.run }}
                  search={entry.by.step === undefined ? {} : { step: entry.by.step }}
                >
                  its run
                </Link>
              </>
            )}
          </span>
        </p>
        {text !== undefined && (
          <div className="markdown case-comment">
            <Markdown text={text} quotes />
          </div>
        )}
      </div>
    </li>
  );
}

function MergeLink({ entry }: { entry: CaseEntry }) {
  const { number, title } = entry.data;
  if (typeof number !== "number") return null;
  return (
    <>
      <Link to="/cases/$id" params={{ id: String(number) }}>
        #{number} {plainly(String(title ?? ""))}
      </Link>
      {leftText(entry)}{" "}
    </>
  );
}

/** What is typed stays until it is sent; leaving the page forgets it. */
function CommentBox({ item }: { item: Case }) {
  const [text, setText] = useState("");
  const show = useShowCase();
  const send = useMutation({
    mutationFn: () => cases.comment(item.id, text),
    onSuccess: (now) => {
      setText("");
      show(now);
    },
  });
  const ready = text.trim() !== "";
  return (
    <form
      className="case-form"
      onSubmit={(e) => {
        e.preventDefault();
        if (ready && !send.isPending) send.mutate();
      }}
    >
      <textarea
        className="textarea"
        aria-label="Comment, in Markdown"
        placeholder="Comment, in Markdown"
        rows={text === "" ? 1 : 4}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) e.currentTarget.form?.requestSubmit();
        }}
      />
      {send.isError && <ErrorView error={send.error} />}
      {text !== "" && (
        <div className="row">
          <Button small look="primary" type="submit" busy={send.isPending || !ready} title="Ctrl Enter">
            Comment
          </Button>
        </div>
      )}
    </form>
  );
}
