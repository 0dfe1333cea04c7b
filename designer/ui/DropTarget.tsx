import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { filesOfDrop } from "./files";

interface DropTargetProps {
  onDrop: (files: File[]) => void;
  label: string;
  children: ReactNode;
}

/** A page onto which files can be dropped anywhere. */
export function DropTarget({ onDrop, label, children }: DropTargetProps) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const holdsFiles = (e: DragEvent) => e.dataTransfer.types.includes("Files");
  const move = (by: number) => {
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an addition to the file button, which keys can reach
    <div
      className="drop-target"
      data-testid="drop-target"
      onDragEnter={(e) => holdsFiles(e) && move(1)}
      onDragLeave={(e) => holdsFiles(e) && move(-1)}
      onDragOver={(e) => holdsFiles(e) && e.preventDefault()}
      onDrop={(e) => {
        if (!holdsFiles(e)) return;
        e.preventDefault();
        depth.current = 0;
        setOver(false);
        void filesOfDrop(e.dataTransfer).then((files) => files.length > 0 && onDrop(files));
      }}
    >
      {children}
      {over && <div className="drop-veil">{label}</div>}
    </div>
  );
}
