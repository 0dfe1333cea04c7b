import { useEffect, useRef } from "react";
import { Button } from "./Button";

/** Ends a dialog whose form has given way to its answer, and takes the focus that the form had. */
export function DoneButton({ onClick }: { onClick: () => void }) {
  const self = useRef<HTMLSpanElement>(null);
  // Two frames later: of a field that is gone the dialog takes the focus to itself, at once and in the next frame.
  useEffect(() => {
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => self.current?.querySelector("button")?.focus());
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <span ref={self}>
      <Button look="primary" onClick={onClick}>
        Done
      </Button>
    </span>
  );
}
