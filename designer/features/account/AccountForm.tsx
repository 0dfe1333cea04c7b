import { Castle } from "lucide-react";
import type { FormEvent, ReactNode } from "react";
import { Button } from "@/ui/Button";

interface AccountFormProps {
  title: string;
  onSubmit: () => void;
  /** What the button says, also while it waits. */
  action: string;
  waiting: string;
  busy: boolean;
  disabled?: boolean;
  children: ReactNode;
}

/** The card that stands alone on the pages before one is logged in. */
export function AccountForm(props: AccountFormProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!props.busy) props.onSubmit();
  };
  return (
    <main className="account">
      <form className="account-card" onSubmit={submit}>
        <div className="account-mark">
          <Castle size={26} strokeWidth={1.75} aria-hidden />
          <h1>{props.title}</h1>
        </div>
        {props.children}
        <Button type="submit" look="primary" busy={props.busy} disabled={props.disabled ?? false}>
          {props.busy ? props.waiting : props.action}
        </Button>
      </form>
    </main>
  );
}
