import { useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect, useRef } from "react";
import { copyText, paste, readClip, whyNoClip } from "@/core/clipboard/clipboard";
import { isContainer, nodeById, type Point } from "@/core/flow/document";
import { absolutePosition } from "@/core/layout/geometry";
import { toast } from "@/ui/Toasts";
import { deleteSelection } from "./actions";
import type { EditorSession } from "./session";

/** Copy, cut and paste as JSON text, by the browser's own events: they need no permission. */
export function useCanvasClipboard(session: EditorSession, frame: RefObject<HTMLElement | null>): void {
  const { screenToFlowPosition } = useReactFlow();
  const pointer = useRef<Point | undefined>(undefined);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const track = (e: PointerEvent) => {
      pointer.current = [e.clientX, e.clientY];
    };
    const ours = () => {
      const active = document.activeElement as HTMLElement | null;
      if (active === null || active === document.body) return true;
      return element.contains(active) && !active.closest("input, textarea, select, [contenteditable=true]");
    };
    const copy = (e: ClipboardEvent) => {
      const { selected } = session.view.getState();
      if (!ours() || selected.size === 0 || String(window.getSelection() ?? "") !== "") return;
      e.clipboardData?.setData("text/plain", copyText(session.flow, selected));
      e.preventDefault();
      if (e.type === "cut" && !session.readOnly) deleteSelection(session);
    };
    const insert = (e: ClipboardEvent) => {
      if (!ours() || session.readOnly) return;
      const text = e.clipboardData?.getData("text/plain") ?? "";
      const clip = readClip(text);
      if (clip === undefined) {
        const why = whyNoClip(text);
        if (why !== undefined) toast("fail", `Nothing was pasted: ${why}.`);
        else if (text.trim() !== "")
          toast("info", "The clipboard holds no nodes: copy some, or the text of a flow file.");
        return;
      }
      e.preventDefault();
      pasteClip(session, clip, pastePlace(element, pointer.current, screenToFlowPosition));
    };
    element.addEventListener("pointermove", track);
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", insert);
    return () => {
      element.removeEventListener("pointermove", track);
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", insert);
    };
  }, [session, frame, screenToFlowPosition]);
}

function pastePlace(
  element: HTMLElement,
  pointer: Point | undefined,
  toFlow: (p: { x: number; y: number }) => { x: number; y: number },
): Point {
  const box = element.getBoundingClientRect();
  const [x, y] = pointer ?? [box.left + box.width / 3, box.top + box.height / 3];
  const at = toFlow({ x, y });
  return [at.x, at.y];
}

/** Pastes at a place, or into the container that is selected. */
function pasteClip(session: EditorSession, clip: NonNullable<ReturnType<typeof readClip>>, at: Point): void {
  const anchor = session.anchor();
  const into = anchor !== undefined && isContainer(anchor.type) ? anchor.id : undefined;
  const container = into === undefined ? undefined : nodeById(session.flow, into);
  const [px, py] = container === undefined ? [0, 0] : absolutePosition(session.flow, container);
  const place: Point = container === undefined ? at : [Math.max(24, at[0] - px), Math.max(56, at[1] - py)];
  const pasted = paste(session.flow, session.catalog, clip, place, into);
  session.do(pasted.command);
  session.select(pasted.ids);
  toast("ok", `Pasted ${clip.nodes.length === 1 ? "one node" : `${clip.nodes.length} nodes`}.`);
}
