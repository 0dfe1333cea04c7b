import { CircleAlert, CircleCheck, Rocket } from "lucide-react";
import { useRef, useState } from "react";
import { type Flow, nodeById, type Problem } from "@/core/flow/document";
import { Button } from "@/ui/Button";
import { Changes, changesText } from "@/ui/Changes";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { useProblems } from "./bindings";
import { HookAddress } from "./HookAddress";
import { useLiveChanges } from "./liveChanges";
import { ProblemItems } from "./ProblemsPanel";
import { usePublish } from "./publishing";
import { useFlow, useSession } from "./useSession";

/** Makes the draft live, and shows where it listens. */
export function PublishDialog() {
  const session = useSession();
  const open = session.view((s) => s.panel === "publish");
  const problems = useProblems();
  const version = session.document((s) => s.version);
  const [message, setMessage] = useState("");
  const publish = usePublish();
  const close = () => {
    session.view.setState({ panel: undefined });
    publish.reset();
    setMessage("");
  };
  // The field that a problem leads to gets the focus once the dialog has given it back.
  const leave = useRef<() => void>(undefined);
  const jump = (go: () => void) => {
    leave.current = go;
    close();
  };
  const errors = problems.filter((p) => p.severity === "error");
  const warnings = problems.filter((p) => p.severity === "warning");
  const done = publish.data;
  const changes = useLiveChanges();
  const empty = useFlow().nodes.length === 0;
  const nothing = empty || changes?.length === 0;
  const may = errors.length === 0 && !nothing && !publish.isPending;
  return (
    <Dialog
      open={open}
      onClose={close}
      wide={done === undefined && changes !== undefined && changes.length > 0}
      onClosed={() => {
        leave.current?.();
        leave.current = undefined;
      }}
      title={done === undefined ? "Publish" : `Version ${done.version} is live`}
      footer={
        done === undefined ? (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button
              look="primary"
              data-testid="publish-confirm"
              busy={publish.isPending}
              disabled={!may && !publish.isPending}
              onClick={() => publish.mutate(message)}
            >
              <Rocket size={15} aria-hidden />
              {publish.isPending ? "Publishing…" : `Publish version ${version + 1}`}
            </Button>
          </>
        ) : (
          <Button look="primary" onClick={close}>
            Done
          </Button>
        )
      }
    >
      {done !== undefined ? (
        <Starts hooks={done.hooks ?? {}} warnings={warnings} onJump={jump} />
      ) : (
        <>
          {errors.length > 0 && <Blocked problems={errors} onJump={jump} />}
          {nothing ? (
            <p className="publish-nothing" data-testid="publish-nothing">
              <CircleCheck size={16} aria-hidden />
              {empty
                ? "An empty flow has nothing to publish: draw what starts it, and what it does."
                : `The draft is the same as version ${version}, which is live: there is nothing to publish.`}
            </p>
          ) : (
            changes !== undefined && (
              <section className="publish-changes" aria-labelledby="publish-changes-title">
                <h3 id="publish-changes-title">
                  {changesText(changes)} against version {version}
                </h3>
                <div className="publish-list">
                  <Changes changes={changes} none="" before={`Live, v${version}`} after="Draft" />
                </div>
              </section>
            )
          )}
          {warnings.length > 0 && errors.length === 0 && (
            <section className="publish-blocked publish-warned" aria-label="Warnings">
              <ProblemItems problems={warnings} onJump={jump} />
            </section>
          )}
          {publish.isError && errors.length === 0 && <ErrorView error={publish.error} />}
          <Field label="What changed" hint="Others read this in the list of versions.">
            {(id, below) => (
              <textarea
                id={id}
                aria-describedby={below}
                className="textarea"
                rows={3}
                value={message}
                data-testid="publish-message"
                autoFocus={errors.length === 0}
                onChange={(e) => setMessage(e.target.value)}
                onKeyDown={(e) => {
                  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && may) publish.mutate(message);
                }}
              />
            )}
          </Field>
          <p className="muted">
            New events use this version from now on; runs under way keep the version they began with.
          </p>
        </>
      )}
    </Dialog>
  );
}

/** What stands in the way; each problem leads to its node, where it is mended. */
function Blocked({ problems, onJump }: { problems: Problem[]; onJump: (go: () => void) => void }) {
  return (
    <section className="publish-blocked" aria-label="Errors">
      <p className="problem-title" role="alert">
        <CircleAlert size={16} aria-hidden />
        {plural(problems.length, "error")} must be mended first
      </p>
      <ProblemItems problems={problems} onJump={onJump} />
    </section>
  );
}

/** What is said of a mailbox that starts nothing. */
const IDLE = new Set(["credential.host", "trigger.failing"]);

/** What starts a flow beside its webhooks, in words. */
function startsBy(flow: Flow, warnings: Problem[]): string {
  const on = flow.nodes.filter((n) => !n.disabled);
  const types = new Set(on.map((n) => n.type));
  const idle = new Set(warnings.flatMap((w) => (IDLE.has(w.code) ? w.node : [])));
  const boxes = on.filter((n) => n.type === "trigger.mailbox");
  return [
    types.has("trigger.schedule") ? "It starts by its schedule; the trigger says when next." : "",
    byMail(boxes.length, boxes.filter((n) => idle.has(n.id)).length),
    types.has("trigger.case") ? "It starts with what happens to cases." : "",
    types.has("trigger.flow") ? "Other flows can call it." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function byMail(boxes: number, idle: number): string {
  if (boxes === 0) return "";
  if (idle === boxes) return "No mail starts it yet.";
  if (idle > 0) return `It starts with each mail of ${boxes - idle} of its ${boxes} mailboxes.`;
  return `It starts with each mail of its ${boxes === 1 ? "mailbox" : "mailboxes"}.`;
}

interface StartsProps {
  hooks: Record<string, string>;
  warnings: Problem[];
  onJump: (go: () => void) => void;
}

/** Where webhooks listen, what else starts the flow, and what is said against its mailboxes. */
function Starts({ hooks, warnings, onJump }: StartsProps) {
  const flow = useFlow();
  const boxes = new Set(flow.nodes.flatMap((n) => (n.type === "trigger.mailbox" && !n.disabled ? n.id : [])));
  const told = warnings.filter(
    (w) => boxes.has(w.node ?? "") && (IDLE.has(w.code) || w.code === "trigger.shared"),
  );
  const ways = startsBy(flow, told);
  const listens = Object.keys(hooks).length > 0;
  return (
    <>
      {listens && <Hooks flow={flow} hooks={hooks} />}
      {(ways !== "" || !listens) && (
        <p>
          {ways || "Nothing starts it by itself: run it by hand, by the API, or from a flow that calls it."}
        </p>
      )}
      {told.length > 0 && (
        <section className="publish-blocked publish-warned" aria-label="Warnings">
          <ProblemItems problems={told} onJump={onJump} />
        </section>
      )}
    </>
  );
}

/** Where webhooks listen; the whole address can be copied. */
function Hooks({ flow, hooks }: { flow: Flow; hooks: Record<string, string> }) {
  return (
    <div className="hooks" data-testid="hooks">
      <p className="muted">Send JSON by POST to:</p>
      {Object.entries(hooks).map(([node, path]) => (
        <div key={node} className="hook">
          <span className="field-label">{nodeById(flow, node)?.name ?? node}</span>
          <HookAddress path={path} name={nodeById(flow, node)?.name ?? node} id={node} />
        </div>
      ))}
      <p className="muted">Who knows the address can start this flow: treat it as a secret.</p>
    </div>
  );
}
