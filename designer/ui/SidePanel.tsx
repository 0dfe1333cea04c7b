import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { IconButton } from "./Button";

interface SidePanelProps {
  title: string;
  side?: "left" | "right";
  testid: string;
  onClose: () => void;
  children: ReactNode;
}

/** A list that lies over the canvas. It takes the focus, and gives it back where it came from. */
export function SidePanel({ title, side = "right", testid, onClose, children }: SidePanelProps) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    panel.current?.focus({ preventScroll: true });
    return () => {
      // Only where the focus goes down with the panel: what was clicked elsewhere keeps it.
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost && opener?.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  return (
    <section
      ref={panel}
      tabIndex={-1}
      className="side-panel"
      data-side={side}
      aria-label={title}
      data-testid={testid}
      onKeyDown={(e) => {
        if (e.key !== "Escape" || e.defaultPrevented) return;
        e.stopPropagation();
        onClose();
      }}
    >
      <div className="side-head">
        <h2 className="grow">{title}</h2>
        <IconButton label={`Close ${title.toLowerCase()}`} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      {children}
    </section>
  );
}
