import { useEffect } from "react";
import { type FlowNode, isTrigger, nodeById } from "@/core/flow/document";
import type { UiCommand } from "@/ui/commands";
import { toast } from "@/ui/Toasts";
import type { EditorSession } from "../session";
import { pinPorts } from "./pins";

/** A part of the flow that is to be run: one step, from it on, or up to it. */
export interface Part {
  kind: "only" | "from" | "until";
  node: string;
}

export const PARTS: { kind: Part["kind"]; does: string; keys: string; key: string }[] = [
  { kind: "only", does: "Run this step", keys: "Shift S", key: "S" },
  { kind: "from", does: "Run from here", keys: "Shift R", key: "R" },
  { kind: "until", does: "Run to here", keys: "Shift H", key: "H" },
];

/** The one node that is selected, where it is one that runs. */
export function runnable(session: EditorSession, node = session.anchor()): FlowNode | undefined {
  return node === undefined || isTrigger(node.type) || node.disabled ? undefined : node;
}

/** Asks what running a part would do; nothing is run yet. */
export function askPart(session: EditorSession, kind: Part["kind"], node: FlowNode | undefined): void {
  if (node === undefined) toast("info", "Select one step that runs: no trigger, and not a disabled one.");
  else session.view.setState({ part: { kind, node: node.id } });
}

/** What the command menu offers for the node that is selected. */
export function partCommands(session: EditorSession, may: boolean, pinned: ReadonlySet<string>): UiCommand[] {
  const node = runnable(session);
  if (node === undefined) return [];
  const hint = node.name ?? node.id;
  const list: UiCommand[] = !may
    ? []
    : PARTS.map(({ kind, does, keys }) => ({
        ...{ id: `part-${kind}`, name: does, group: "Run", hint, keys },
        ...{ words: "partial test node step until" },
        run: () => askPart(session, kind, node),
      }));
  if (!session.readOnly && pinPorts(session.catalog, node).length > 0)
    list.push({
      ...{ id: "pin", name: pinned.has(node.id) ? "Edit pinned data…" : "Pin data…", group: "Run", hint },
      ...{ keys: "Shift P", words: "mock freeze output unpin" },
      run: () => session.view.setState({ pinning: node.id }),
    });
  return list;
}

/** Keys that run parts, while the canvas has the focus. */
export function usePartKeys(session: EditorSession, may: boolean): void {
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.defaultPrevented || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!target?.closest?.(".canvas") || target.closest("input, textarea, select, [contenteditable=true]"))
        return;
      const part = PARTS.find((p) => p.key === event.key.toUpperCase());
      // A card that has the focus need not be selected.
      const focused = target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
      const node = nodeById(session.flow, focused ?? "") ?? session.anchor();
      if (part !== undefined && may) askPart(session, part.kind, runnable(session, node));
      else if (event.key.toUpperCase() === "P" && !session.readOnly && node !== undefined) {
        if (pinPorts(session.catalog, node).length === 0) toast("info", "This node gives no output to pin.");
        else session.view.setState({ pinning: node.id });
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", keys);
    return () => window.removeEventListener("keydown", keys);
  }, [session, may]);
}
