import { takeLayout, tidyInput } from "@/core/commands/arrange";
import type { TidyResult } from "@/core/layout/tidy";
import { toast } from "@/ui/Toasts";
import type { EditorSession } from "./session";

/** How long cards move to their new places; the style sheet says the same. */
const MOTION_MS = 200;

/** Lays the flow out, or what is selected of it, as one step. The layout is made in a worker. */
export async function tidyFlow(session: EditorSession, ids?: ReadonlySet<string>): Promise<void> {
  const flow = session.flow;
  const result = await layOut(tidyInput(session.shown.flow, session.catalog, ids)).catch(() => undefined);
  if (result === undefined) return toast("fail", "The flow could not be laid out.");
  // What was changed meanwhile is newer than the layout.
  if (session.flow !== flow) return toast("info", "The flow changed while it was laid out: tidy again.");
  const canvas = document.querySelector<HTMLElement>('[data-testid="canvas"]');
  canvas?.classList.add("canvas-tidying");
  session.do(takeLayout(flow, session.catalog, result, ids));
  setTimeout(() => canvas?.classList.remove("canvas-tidying"), MOTION_MS + 50);
}

function layOut(input: ReturnType<typeof tidyInput>): Promise<TidyResult> {
  const worker = new Worker(new URL("../../core/layout/tidy.worker.ts", import.meta.url), { type: "module" });
  return new Promise<TidyResult>((done, failed) => {
    worker.onmessage = (event: MessageEvent<TidyResult>) => done(event.data);
    worker.onerror = () => failed(new Error("the worker ended"));
    worker.postMessage(input);
  }).finally(() => worker.terminate());
}
