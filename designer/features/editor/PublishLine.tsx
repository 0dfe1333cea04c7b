import { CircleCheck, Rocket, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { nodeById } from "@/core/flow/document";
import { announce } from "@/ui/announce";
import { Button, IconButton } from "@/ui/Button";
import { HookAddress } from "./HookAddress";
import { usePublish } from "./publishing";
import { useFlow, useSession } from "./useSession";

/**
 * The first version goes live from the top bar itself: there is nothing to compare it with, and
 * nothing that would have to lie over the flow. What the server holds against it is shown in full.
 */
export function PublishLine() {
  const session = useSession();
  const flow = useFlow();
  const publish = usePublish();
  const [message, setMessage] = useState("");
  const line = useRef<HTMLDivElement>(null);
  const close = () => {
    session.view.setState({ panel: undefined });
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="publish"]')?.focus());
  };
  const begin = () => publish.mutate(message, { onError: () => session.view.setState({ panel: "publish" }) });
  const live = publish.data;
  useEffect(() => {
    if (live === undefined) return;
    announce(`Version ${live.version} is live`);
    line.current?.querySelector<HTMLElement>(".btn")?.focus();
  }, [live]);
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && live === undefined && (event.target as HTMLElement).tagName === "INPUT")
      begin();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const hooks = Object.entries(live?.hooks ?? {});
  return (
    // biome-ignore lint/a11y/useSemanticElements: a form would reload the page
    <div ref={line} className="topbar-actions publish-line" role="form" aria-label="Publish" onKeyDown={keys}>
      {live === undefined ? (
        <>
          <input
            className="input"
            aria-label="What changed"
            placeholder="What is it for? Others read this in the list of versions."
            data-testid="publish-message"
            value={message}
            autoFocus
            onChange={(e) => setMessage(e.target.value)}
          />
          <Button
            look="primary"
            data-testid="publish-confirm"
            busy={publish.isPending}
            disabled={publish.isPending}
            onClick={begin}
          >
            <Rocket size={15} aria-hidden /> {publish.isPending ? "Publishing…" : "Publish version 1"}
          </Button>
          <IconButton label="Do not publish" onClick={close}>
            <X size={16} aria-hidden />
          </IconButton>
        </>
      ) : (
        <>
          <span className="publish-live" data-testid="published">
            <CircleCheck size={16} color="var(--ok)" aria-hidden /> Version {live.version} is live
          </span>
          <div data-testid="hooks" className="publish-hooks">
            {hooks.map(([node, path]) => (
              <HookAddress key={node} path={path} name={nodeById(flow, node)?.name ?? node} id={node} />
            ))}
          </div>
          <Button onClick={close}>Done</Button>
        </>
      )}
    </div>
  );
}
