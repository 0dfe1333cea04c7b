import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { account } from "@/api/client";
import { fieldError } from "@/api/http";
import { SHORTEST_PASSWORD } from "@/api/types";
import { Button } from "@/ui/Button";
import { ErrorView } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { toast } from "@/ui/Toasts";

/** Changes one's own password, by the one that there is. */
export function PasswordCard({ name }: { name: string }) {
  const queries = useQueryClient();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const change = useMutation({
    mutationFn: () => account.changePassword(current, password),
    async onSuccess() {
      toast("ok", "Your password is changed, and your other sessions have ended");
      setCurrent("");
      setPassword("");
      setAgain("");
      await queries.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  const wrong = fieldError(change.error, "/current");
  const weak = fieldError(change.error, "/password");
  const differs = again !== "" && again !== password;
  const ready = current !== "" && password !== "" && again === password;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !change.isPending) change.mutate();
  };
  /** What the server said is about what stood there before. */
  const typing = (set: (value: string) => void) => (e: { target: { value: string } }) => {
    set(e.target.value);
    if (change.isError) change.reset();
  };
  return (
    <section className="card" aria-labelledby="password-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="password-title">Password</h2>
          <p className="muted">You stay logged in here; everywhere else you log in again.</p>
        </div>
      </div>
      <form className="card-body password-form" onSubmit={submit}>
        {change.isError && wrong === undefined && weak === undefined && <ErrorView error={change.error} />}
        <input type="text" name="username" value={name} autoComplete="username" hidden readOnly />
        <TextField
          label="Current password"
          type="password"
          error={wrong}
          value={current}
          onChange={typing(setCurrent)}
          autoComplete="current-password"
          required
        />
        <TextField
          label="New password"
          type="password"
          hint={`At least ${SHORTEST_PASSWORD} characters. Four unrelated words are hard to guess and easy to keep.`}
          error={weak}
          minLength={SHORTEST_PASSWORD}
          value={password}
          onChange={typing(setPassword)}
          autoComplete="new-password"
          required
        />
        <TextField
          label="New password again"
          type="password"
          error={differs ? "The two differ." : undefined}
          value={again}
          onChange={typing(setAgain)}
          autoComplete="new-password"
          required
        />
        <Button type="submit" look="primary" busy={change.isPending} disabled={!ready}>
          {change.isPending ? "Changing…" : "Change password"}
        </Button>
      </form>
    </section>
  );
}
