import { type PointerEvent, type RefObject, useMemo, useRef } from "react";
import type { EditorSession } from "./session";

/** Adding where the pointer is, without the palette: by a double-click on the bare canvas, or by a key. */
export interface QuickAdd {
  onPointerMove: (event: PointerEvent) => void;
  onDoubleClick: (event: { target: EventTarget; clientX: number; clientY: number }) => void;
  /** Opens the list at the pointer, or in the middle of the canvas where the pointer never was over it. */
  open: () => void;
}

/** Offers quick-add on a canvas; one that is read takes none. */
export function useQuickAdd(session: EditorSession, frame: RefObject<HTMLElement | null>): QuickAdd {
  const pointer = useRef<[number, number]>(undefined);
  return useMemo(() => {
    const openAt = (screen: [number, number]) => {
      if (!session.readOnly) session.view.setState({ addMenu: { screen } });
    };
    return {
      onPointerMove: (e) => {
        pointer.current = [e.clientX, e.clientY];
      },
      onDoubleClick: ({ target, clientX, clientY }) => {
        if ((target as Element).matches(".react-flow__pane")) openAt([clientX, clientY]);
      },
      open: () => openAt(pointer.current ?? middleOf(frame.current)),
    };
  }, [session, frame]);
}

function middleOf(element: HTMLElement | null): [number, number] {
  const box = element?.getBoundingClientRect();
  return box === undefined ? [0, 0] : [box.left + box.width / 2, box.top + box.height / 2];
}
