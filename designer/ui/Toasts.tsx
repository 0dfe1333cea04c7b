import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { create } from "zustand";
import { Button, IconButton } from "./Button";
import { plainly } from "./Named";

interface Toast {
  id: number;
  tone: "ok" | "info" | "fail";
  text: string;
  action?: { label: string; run: () => void };
}

interface ToastStore {
  toasts: Toast[];
  add: (toast: Omit<Toast, "id">) => void;
  drop: (id: number) => void;
}

let next = 1;

const useToasts = create<ToastStore>((set, get) => ({
  toasts: [],
  add(toast) {
    const id = next++;
    set({
      toasts: [
        ...get()
          .toasts.filter((t) => t.text !== toast.text)
          .slice(-3),
        { ...toast, id },
      ],
    });
    // A failure stays until it is read; the rest leaves by itself.
    if (toast.tone !== "fail") setTimeout(() => get().drop(id), toast.action ? 9000 : 4500);
  },
  drop(id) {
    set({ toasts: get().toasts.filter((t) => t.id !== id) });
  },
}));

/** Says something in the corner, with a way back where there is one. */
export function toast(tone: Toast["tone"], text: string, action?: Toast["action"]): void {
  useToasts.getState().add({ tone, text, ...(action ? { action } : {}) });
}

const ICONS = { ok: CircleCheck, info: Info, fail: CircleAlert };
const COLOURS = { ok: "var(--ok)", info: "var(--run)", fail: "var(--fail)" };

/** The corner where toasts appear; a live region that is always there. */
export function Toasts() {
  const { toasts, drop } = useToasts();
  return (
    <section className="toasts" aria-label="Notifications" aria-live="polite">
      {toasts.map((t) => (
        <ToastView key={t.id} toast={t} onDrop={() => drop(t.id)} />
      ))}
    </section>
  );
}

/** One toast. */
export function ToastView({ toast: t, onDrop }: { toast: Toast; onDrop: () => void }) {
  const Icon = ICONS[t.tone];
  return (
    <div className="toast" data-tone={t.tone}>
      <Icon size={16} color={COLOURS[t.tone]} aria-hidden />
      <span className="grow" dir="auto">
        {plainly(t.text)}
      </span>
      {t.action !== undefined && (
        <Button
          small
          onClick={() => {
            t.action?.run();
            onDrop();
          }}
        >
          {t.action.label}
        </Button>
      )}
      <IconButton label="Dismiss" onClick={onDrop}>
        <X size={14} aria-hidden />
      </IconButton>
    </div>
  );
}
