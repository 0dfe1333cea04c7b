import { useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect, useRef } from "react";
import { copyText, paste, readClip, whyNoClip } from "@/core/clipboard/clipboard";
import { insideWalls } from "@/core/commands/containers";
import { isOpen, nodeById, type Point } from "@/core/flow/document";
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
  const { shown } = session;
  const container = anchor && nodeById(shown.flow, anchor.id);
  const into = container !== undefined && isOpen(container) ? container : undefined;
  const [px, py] = into === undefined ? [0, 0] : absolutePosition(shown.flow, into);
  const target = into?.id ?? shown.inside?.id;
  const place: Point = target === undefined ? at : insideWalls([at[0] - px, at[1] - py]);
  const pasted = paste(session.flow, session.catalog, clip, place, target);
  session.do(pasted.command);
  session.select(pasted.ids);
  toast("ok", `Pasted ${clip.nodes.length === 1 ? "one node" : `${clip.nodes.length} nodes`}.`);
}
