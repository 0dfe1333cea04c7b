import { NodeResizeControl, useStore } from "@xyflow/react";
import { type CSSProperties, memo, useContext, useEffect, useRef, useState } from "react";
import { heldScale } from "@/core/layout/camera";
import { CardContext, type Props } from "./cards";
import type { Markdown } from "./Markdown";
import type { NoteData } from "./model";

let loaded: typeof Markdown | undefined;

/** What shows Markdown, fetched with the first note; until then, and without it, a text stands as it is written. */
function useMarkdown(): typeof Markdown | undefined {
  const [shown, setShown] = useState(() => loaded);
  useEffect(() => {
    if (shown !== undefined) return;
    import("./Markdown").then(
      (module) => {
        loaded = module.Markdown;
        setShown(() => module.Markdown);
      },
      () => {},
    );
  }, [shown]);
  return shown;
}

/** A text on the canvas: read as Markdown, written in place. */
export const NoteCard = memo(function NoteCard({ data, selected, id }: Props) {
  const { note, writing } = data as NoteData;
  const { readOnly, onNoteWrite } = useContext(CardContext);
  // From afar it says how it begins, in letters that can be read.
  const held = useStore((s) => heldScale(s.transform[2]));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: by keys it is Enter on the note
    <div
      className="note-node"
      data-selected={selected || undefined}
      data-held={held > 1 || undefined}
      style={{ "--held": held } as CSSProperties}
      data-testid={`note-${id}`}
      onDoubleClick={() => onNoteWrite?.(id, true)}
    >
      {writing && !readOnly ? (
        <NoteField id={id} text={note.text} />
      ) : (
        <NoteBody text={note.text} far={held > 1} />
      )}
      {!readOnly && (
        <NodeResizeControl
          className="resize-corner"
          position="bottom-right"
          minWidth={120}
          minHeight={56}
          style={{ border: 0, background: "none" }}
        />
      )}
    </div>
  );
});

function NoteField({ id, text }: { id: string; text: string }) {
  const { onNoteText, onNoteWrite } = useContext(CardContext);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length);
  }, []);
  return (
    <textarea
      ref={field}
      className="note-text nodrag nopan nowheel nokey"
      aria-label="Note, in Markdown"
      dir="auto"
      value={text}
      placeholder="Write a note…"
      spellCheck={false}
      onChange={(e) => onNoteText?.(id, e.target.value)}
      onBlur={() => onNoteWrite?.(id, false)}
      onKeyDown={(e) => {
        if (e.key !== "Escape") return;
        e.stopPropagation();
        e.currentTarget.closest<HTMLElement>(".react-flow__node")?.focus({ preventScroll: true });
      }}
    />
  );
}

function NoteBody({ text, far }: { text: string; far: boolean }) {
  const Shown = useMarkdown();
  const body = useRef<HTMLDivElement>(null);
  // What is longer than its note is scrolled, by wheel and keys.
  const [long, setLong] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when what is shown is other
  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    const measure = () => setLong(element.scrollHeight > element.clientHeight + 1);
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    measure();
    return () => watch.disconnect();
  }, [text, Shown]);
  // From afar the wheel is for the canvas.
  const scrolls = long && !far;
  return (
    <div
      ref={body}
      className={scrolls ? "note-body nowheel nokey" : "note-body"}
      data-plain={Shown === undefined || undefined}
      data-cut={(long && far) || undefined}
      {...(scrolls ? { tabIndex: 0, role: "region", "aria-label": "Note" } : {})}
    >
      {text === "" ? (
        <span className="muted">An empty note</span>
      ) : Shown === undefined ? (
        <p dir="auto">{text}</p>
      ) : (
        <Shown text={text} />
      )}
    </div>
  );
}
