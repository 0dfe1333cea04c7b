import { Link } from "@tanstack/react-router";
import { shortId } from "@/ui/format";

interface MarkedRun {
  id: string;
  dryRun?: boolean;
  retryOf?: string;
  replayOf?: string;
}

/** What sets a run apart: that it changed nothing outside, or which run it came from. */
export function RunMarks({ run, links = false }: { run: MarkedRun; links?: boolean }) {
  return (
    <>
      {run.dryRun && (
        <span className="badge badge-wait" title="Actions that change something outside were not called">
          Dry run
        </span>
      )}
      {run.replayOf && (
        <Mark
          word="Replay of"
          id={run.replayOf === run.id ? undefined : run.replayOf}
          title="Run again offline, with what that run was told"
          links={links}
        />
      )}
      {run.retryOf && (
        <Mark word="Goes on from" id={run.retryOf} title="Began with the results of that run" links={links} />
      )}
    </>
  );
}

interface MarkProps {
  word: string;
  id: string | undefined;
  title: string;
  links: boolean;
}

function Mark({ word, id, title, links }: MarkProps) {
  if (id === undefined) return <span className="badge">Replay</span>;
  const text = `${word} ${shortId(id)}`;
  if (!links)
    return (
      <span className="badge" title={title}>
        {text}
      </span>
    );
  return (
    <Link to="/runs/$id" params={{ id }} search={{}} className="badge" title={title}>
      {text}
    </Link>
  );
}
