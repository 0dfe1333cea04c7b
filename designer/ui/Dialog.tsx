import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { heirOf, placeOf } from "./heir";
import { plainly } from "./Named";

interface DialogProps {
  open: boolean;
  /** Without it the dialog can't be closed: one of its answers must be given. */
  onClose?: () => void;
  title: string;
  description?: ReactNode;
  /** Wider than others, or all of the window. */
  wide?: boolean | "full";
  /** It holds nothing that takes the focus. */
  reading?: boolean;
  children: ReactNode;
  footer?: ReactNode;
  initialFocus?: RefObject<HTMLElement | null>;
  /** Called when it is gone and the focus is back: from here it may be taken elsewhere. */
  onClosed?: () => void;
}

/** A modal dialog: Escape closes it, focus stays inside and returns where it was. */
export function Dialog(props: DialogProps) {
  const { open, onClose, title, description, wide, reading, children, footer, initialFocus, onClosed } =
    props;
  const opener = useOpener(open);
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => next || onClose?.()}
      // The library gives the focus back in the frame after it says that it is done.
      onOpenChangeComplete={(now) => now || requestAnimationFrame(() => onClosed?.())}
    >
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup
          className={`dialog${wide ? ` dialog-${wide === "full" ? "full" : "wide"}` : ""}`}
          {...(initialFocus ? { initialFocus } : {})}
          finalFocus={() => opener() ?? true}
        >
          <div className="dialog-head">
            <div className="grow">
              {/* biome-ignore lint/a11y/useHeadingContent: Title puts its children into the heading */}
              <Base.Title render={<h2 />}>{plainly(title)}</Base.Title>
              {description !== undefined && (
                <Base.Description className="muted">
                  {typeof description === "string" ? plainly(description) : description}
                </Base.Description>
              )}
            </div>
            {onClose !== undefined && (
              <Base.Close className="icon-btn" aria-label="Close">
                <X size={16} aria-hidden />
              </Base.Close>
            )}
          </div>
          {/* What is only read is scrolled by keys, too. */}
          <div className="dialog-body" {...(reading ? { tabIndex: 0 } : {})}>
            {children}
          </div>
          {footer !== undefined && <div className="dialog-foot">{footer}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/**
 * What had the focus when a dialog was opened, or what stands in its place where the dialog did away
 * with it. A field with autoFocus takes the focus before the library looks, so that without this it
 * would come back to nowhere.
 */
function useOpener(open: boolean): () => HTMLElement | undefined {
  const was = useRef(false);
  const opener = useRef<{ element: HTMLElement; place: Element[] }>(undefined);
  if (open !== was.current) {
    was.current = open;
    const element = openerOf(document.activeElement);
    if (open && element instanceof HTMLElement) opener.current = { element, place: placeOf(element) };
  }
  return () => {
    const { element, place } = opener.current ?? {};
    return element?.isConnected ? element : heirOf(place ?? []);
  };
}

/** A menu goes with the entry that was chosen: its button stays. */
function openerOf(element: Element | null): Element | null {
  const menu = element?.closest("[role=menu]");
  return menu ? document.querySelector("[aria-haspopup=menu][aria-expanded=true]") : element;
}
