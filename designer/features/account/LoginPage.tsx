import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { session } from "@/api/client";
import { ApiError } from "@/api/http";
import { Failure } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { AccountForm } from "./AccountForm";
import { keepName, lastName } from "./lastName";

const route = getRouteApi("/login");

/** Log-in; afterwards the page that was asked for. */
export function LoginPage() {
  const { next } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const [name, setName] = useState(lastName);
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: () => session.login(name, password),
    async onSuccess() {
      queries.clear();
      keepName(name);
      // Only a path of this site: an address from elsewhere is not followed.
      router.history.push(next?.startsWith("/") && !next.startsWith("//") ? next : "/flows");
    },
  });
  return (
    <AccountForm
      title="Drawbridge"
      onSubmit={() => login.mutate()}
      action="Log in"
      waiting="Logging in…"
      busy={login.isPending}
    >
      {login.isError && <LoginFailure error={login.error} />}
      <TextField
        label="Name"
        value={name}
        onChange={(e) => setName(e.target.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <TextField
        label="Password"
        type="password"
        value={password}
        onChange={(e) => setPassword(e.target.value)}
        autoComplete="current-password"
        autoFocus
        required
      />
    </AccountForm>
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
