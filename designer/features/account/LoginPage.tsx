import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { Castle } from "lucide-react";
import { type FormEvent, useState } from "react";
import { session } from "@/api/client";
import { ApiError } from "@/api/http";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";

const route = getRouteApi("/login");

/** Log-in; afterwards the page that was asked for. */
export function LoginPage() {
  const { next } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: () => session.login(name, password),
    async onSuccess() {
      queries.clear();
      // Only a path of this site: an address from elsewhere is not followed.
      router.history.push(next?.startsWith("/") && !next.startsWith("//") ? next : "/flows");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };
  return (
    <main className="account">
      <form className="account-card" onSubmit={submit}>
        <div className="account-mark">
          <Castle size={26} strokeWidth={1.75} aria-hidden />
          <h1>Drawbridge</h1>
        </div>
        {login.isError && <LoginFailure error={login.error} />}
        <Field label="Name">
          {(id) => (
            <input
              id={id}
              className="input"
              value={name}
              onChange={(e) => setName(e.target.value)}
              autoComplete="username"
              required
            />
          )}
        </Field>
        <Field label="Password">
          {(id) => (
            <input
              id={id}
              className="input"
              type="password"
              value={password}
              onChange={(e) => setPassword(e.target.value)}
              autoComplete="current-password"
              autoFocus
              required
            />
          )}
        </Field>
        <Button type="submit" look="primary" disabled={login.isPending}>
          {login.isPending ? "Logging in…" : "Log in"}
        </Button>
      </form>
    </main>
  );
}

function LoginFailure({ error }: { error: Error }) {
  if (error instanceof ApiError && error.status === 401) {
    return <Failure title="Name or password is wrong" />;
  }
  if (error instanceof ApiError && error.status === 429) {
    return <Failure title="Too many tries" detail={error.message} />;
  }
  return <Failure title={error instanceof ApiError ? error.title : "Log-in failed"} detail={error.message} />;
}
