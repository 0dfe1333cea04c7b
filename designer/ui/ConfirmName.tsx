import { type ReactNode, useRef, useState } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ErrorView } from "./Feedback";
import { TextField } from "./Fields";
import { plainly } from "./Named";

interface ConfirmNameProps {
  open: boolean;
  onClose: () => void;
  title: string;
  text: ReactNode;
  /** What must be typed before the button works. */
  name: string;
  action: string;
  onConfirm: () => Promise<void>;
  /** What a refusal has to say besides its words. */
  because?: (error: unknown) => ReactNode;
  /** Why it can't be done, where that is known before: nothing is asked then. */
  blocked?: ReactNode;
}

/** Asks for the name of what will be gone for good. */
export function ConfirmName(props: ConfirmNameProps) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const keep = useRef<HTMLButtonElement>(null);
  const close = () => {
    setTyped("");
    setError(undefined);
    props.onClose();
  };
  // Signs that nobody can type are typed as they are shown.
  const meant = [props.name, plainly(props.name)].some((name) => typed.trim() === name.trim());
  const confirm = async () => {
    if (!meant) return;
    setBusy(true);
    try {
      await props.onConfirm();
      close();
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  if (props.blocked)
    return (
      <Dialog
        open={props.open}
        onClose={close}
        title={props.title}
        footer={
          <Button look="primary" onClick={close}>
            Close
          </Button>
        }
      >
        {props.blocked}
      </Dialog>
    );
  return (
    <Dialog
      open={props.open}
      onClose={close}
      title={props.title}
      // Who opened it by mistake, or presses on without reading, does no harm.
      initialFocus={keep}
      footer={
        <>
          <Button ref={keep} onClick={close}>
            Keep it
          </Button>
          <Button
            look="danger-full"
            data-testid="confirm-delete"
            disabled={busy || !meant}
            onClick={() => void confirm()}
          >
            {props.action}
          </Button>
        </>
      }
    >
      {typeof props.text === "string" ? <p>{props.text}</p> : props.text}
      {error !== undefined && <ErrorView error={error}>{props.because?.(error)}</ErrorView>}
      <TextField
        label={`Type “${plainly(props.name)}” to confirm`}
        value={typed}
        autoComplete="off"
        onChange={(e) => setTyped(e.target.value)}
        onKeyDown={(e) => e.key === "Enter" && void confirm()}
      />
    </Dialog>
  );
}
