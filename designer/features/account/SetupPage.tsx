import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { Castle } from "lucide-react";
import { type FormEvent, useState } from "react";
import { session } from "@/api/client";
import { ApiError } from "@/api/http";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";

const route = getRouteApi("/setup");
const SHORTEST = 8;

/** The first admin chooses a password, once, by the link that the server printed. */
export function SetupPage() {
  const { token } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const setup = useMutation({
    mutationFn: () => session.setup(token ?? "", password),
    onSuccess() {
      queries.clear();
      router.history.replace("/flows");
    },
  });
  const differs = again !== "" && again !== password;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password === again) setup.mutate();
  };
  return (
    <main className="account">
      <form className="account-card" onSubmit={submit}>
        <div className="account-mark">
          <Castle size={26} strokeWidth={1.75} aria-hidden />
          <h1>Welcome</h1>
        </div>
        <p className="muted">Choose the password of the first administrator, “admin”.</p>
        {token === undefined && (
          <Failure
            title="The link is incomplete"
            detail="Open the whole link that the server printed when it started."
          />
        )}
        {setup.isError && <SetupFailure error={setup.error} />}
        <input type="text" name="username" value="admin" autoComplete="username" hidden readOnly />
        <Field label="Password" hint={`At least ${SHORTEST} characters.`}>
          {(id, below) => (
            <input
              id={id}
              aria-describedby={below}
              className="input"
              type="password"
              minLength={SHORTEST}
              value={password}
              onChange={(e) => setPassword(e.target.value)}
              autoComplete="new-password"
              autoFocus
              required
            />
          )}
        </Field>
        <Field label="Password again" {...(differs ? { error: "The two differ." } : {})}>
          {(id, below) => (
            <input
              id={id}
              aria-describedby={below}
              aria-invalid={differs}
              className="input"
              type="password"
              value={again}
              onChange={(e) => setAgain(e.target.value)}
              autoComplete="new-password"
              required
            />
          )}
        </Field>
        <Button
          type="submit"
          look="primary"
          disabled={setup.isPending || token === undefined || again !== password || password === ""}
        >
          {setup.isPending ? "Setting up…" : "Set password and begin"}
        </Button>
      </form>
    </main>
  );
}

function SetupFailure({ error }: { error: Error }) {
  if (error instanceof ApiError && error.status === 410) {
    return (
      <Failure title="This link was used already" detail="The password is set: log in with it.">
        <p>
          <a href="/login">To the log-in</a>
        </p>
      </Failure>
    );
  }
  return (
    <Failure
      title={error instanceof ApiError ? error.title : "Set-up failed"}
      detail={error.message}
      problems={error instanceof ApiError ? error.problems : []}
    />
  );
}
