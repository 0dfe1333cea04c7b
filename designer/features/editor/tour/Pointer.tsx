import { useEffect, useRef } from "react";

/** Room between a control and the ring around it. */
const ROOM = 4;

/** A ring around a control, wherever it goes; it takes no clicks, and what is out of sight has none. */
export function Pointer({ control }: { control: string }) {
  const ring = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = 0;
    const follow = () => {
      if (ring.current !== null) place(ring.current, document.querySelector(control));
      frame = requestAnimationFrame(follow);
    };
    follow();
    return () => cancelAnimationFrame(frame);
  }, [control]);
  return <div ref={ring} className="tour-ring" data-testid="tour-ring" aria-hidden hidden />;
}

function place(ring: HTMLElement, target: Element | null): void {
  const box = target?.getBoundingClientRect();
  const seen = target !== null && box !== undefined && box.width > 0 && isSeen(target, box);
  if (ring.hidden === seen) ring.hidden = !seen;
  if (!seen) return;
  const at = `translate(${Math.round(box.x - ROOM)}px, ${Math.round(box.y - ROOM)}px)`;
  const [width, height] = [`${box.width + 2 * ROOM}px`, `${box.height + 2 * ROOM}px`];
  if (ring.style.transform !== at) ring.style.transform = at;
  if (ring.style.width !== width) ring.style.width = width;
  if (ring.style.height !== height) ring.style.height = height;
}

/** Whether the middle of a control is what one would click there. */
function isSeen(target: Element, box: DOMRect): boolean {
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return over !== null && (target.contains(over) || over.contains(target));
}
