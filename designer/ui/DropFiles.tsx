import { FileDown } from "lucide-react";
import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { Button } from "./Button";
import { filesOfDrop } from "./files";

type TakeFiles = (files: File[]) => void;

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Takes files that are dropped anywhere on the page; answers whether some hover over it now. */
function useFileDrop(take: TakeFiles, enabled: boolean): boolean {
  const [over, setOver] = useState(false);
  const taker = useRef(take);
  taker.current = take;
  useEffect(() => {
    if (!enabled) return;
    // Enter and leave fire for every element in the way, so they are counted.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (hasFiles(event)) setOver(++depth > 0);
    };
    const leave = (event: DragEvent) => {
      if (hasFiles(event)) setOver(--depth > 0);
    };
    const hover = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = async (event: DragEvent) => {
      if (event.dataTransfer === null || !hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      const files = await filesOfDrop(event.dataTransfer);
      if (files.length > 0) taker.current(files);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", hover);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", hover);
      window.removeEventListener("drop", drop);
    };
  }, [enabled]);
  return over;
}

interface DropFilesProps {
  onFiles: TakeFiles;
  enabled?: boolean;
  /** What will happen to them. */
  text: string;
}

/** Makes the whole page take dropped files, and says so while some hover over it. */
export function DropFiles({ onFiles, enabled = true, text }: DropFilesProps) {
  const over = useFileDrop(onFiles, enabled);
  if (!over) return null;
  return (
    <div className="drop-over" aria-hidden>
      <div className="drop-over-text">
        <FileDown size={20} strokeWidth={1.75} />
        {text}
      </div>
    </div>
  );
}

interface ChooseFilesProps {
  onFiles: TakeFiles;
  label: string;
  look?: "plain" | "primary";
  disabled?: boolean;
  title?: string | undefined;
}

/** A button that opens the browser's file dialog. */
export function ChooseFiles({ onFiles, label, look = "plain", disabled = false, title }: ChooseFilesProps) {
  const input = useRef<HTMLInputElement>(null);
  const chosen = (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    // The same file may be chosen again after it was mended.
    event.target.value = "";
    if (files.length > 0) onFiles(files);
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        multiple
        hidden
        onChange={chosen}
        data-testid="file-input"
      />
      <Button look={look} disabled={disabled} title={title} onClick={() => input.current?.click()}>
        <FileDown size={15} aria-hidden />
        {label}
      </Button>
    </>
  );
}
