import { PanelLeft } from "lucide-react";
import { type FocusEvent, useEffect, useRef } from "react";
import { focusNode } from "@/canvas/going";
import { IconButton } from "@/ui/Button";
import { Segments } from "@/ui/Fields";
import { useCompact } from "@/ui/useCompact";
import { Outline } from "./Outline";
import { Palette } from "./Palette";
import type { EditorSession } from "./session";
import { useSession } from "./useSession";

const TABS = [
  { value: "palette", label: "Palette" },
  { value: "outline", label: "Outline" },
] as const;

const TOGGLE = "[data-left-toggle]";

/** Beside the canvas: what can be placed, or what the flow consists of. Without room for it, a sheet that opens. */
export function LeftPanel() {
  const session = useSession();
  const tab = session.view((s) => s.left);
  const open = session.view((s) => s.leftOpen);
  const compact = useCompact();
  const panel = useRef<HTMLElement>(null);
  const sheet = compact && open;
  const opener = useSheet(session, sheet, panel);
  if (compact && !open) return null;
  // Who may not change the flow has nothing to place.
  const shown = session.readOnly ? "outline" : tab;
  const left = (e: FocusEvent) => {
    const to = e.relatedTarget;
    // A sheet covers the canvas only as long as one works in it.
    if (!sheet || !(to instanceof Element) || panel.current?.contains(to) || to.matches(TOGGLE)) return;
    session.view.setState({ leftOpen: false });
  };
  return (
    <aside
      ref={panel}
      id="left-panel"
      className="palette"
      data-sheet={sheet || undefined}
      tabIndex={sheet ? -1 : undefined}
      aria-label={shown === "palette" ? "Palette" : "Outline"}
      onBlur={left}
      onKeyDown={(e) => {
        // The search clears itself first.
        if (!sheet || e.key !== "Escape" || (e.target as HTMLInputElement).value) return;
        e.preventDefault();
        session.view.setState({ leftOpen: false });
        opener()?.focus({ preventScroll: true });
      }}
    >
      {!session.readOnly && (
        <div className="left-tabs">
          <Segments
            label="Beside the canvas"
            value={shown}
            options={TABS}
            onChange={(left) => session.view.setState({ left })}
          />
        </div>
      )}
      {shown === "palette" ? <Palette /> : <Outline />}
    </aside>
  );
}

/**
 * A sheet takes the focus as it opens, and goes once a node is opened: the inspector lies in its place.
 * Answers what it was opened from, which takes the focus back.
 */
function useSheet(
  session: EditorSession,
  sheet: boolean,
  panel: React.RefObject<HTMLElement | null>,
): () => HTMLElement | null {
  const open = session.view((s) => s.open);
  const before = useRef(open);
  const from = useRef<Element | null>(null);
  useEffect(() => {
    if (!sheet) return;
    from.current = document.activeElement;
    panel.current?.querySelector<HTMLElement>("input[type=search]")?.focus();
  }, [sheet, panel]);
  useEffect(() => {
    const changed = open !== before.current;
    before.current = open;
    if (!sheet || !changed || open === undefined) return;
    session.view.setState({ leftOpen: false });
    // What had the focus is gone with the sheet, unless the inspector took it.
    requestAnimationFrame(() => document.activeElement === document.body && focusNode(open));
  }, [sheet, open, session]);
  return () => {
    const { current } = from;
    const there = current instanceof HTMLElement && current.isConnected && current !== document.body;
    return there ? current : document.querySelector<HTMLElement>(TOGGLE);
  };
}

/** Opens the sheet beside the canvas, where there is no room for it to stay. */
export function LeftToggle() {
  const session = useSession();
  const open = session.view((s) => s.leftOpen);
  if (!useCompact()) return null;
  return (
    <IconButton
      label={session.readOnly ? "Outline" : "Palette and outline"}
      data-testid="left-toggle"
      data-left-toggle
      aria-expanded={open}
      aria-controls="left-panel"
      onClick={() => session.view.setState({ leftOpen: !open })}
    >
      <PanelLeft size={17} aria-hidden />
    </IconButton>
  );
}
