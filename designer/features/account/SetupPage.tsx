import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { session } from "@/api/client";
import { ApiError } from "@/api/http";
import { Failure } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { AccountForm } from "./AccountForm";

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
  return (
    <AccountForm
      title="Welcome"
      onSubmit={() => password === again && setup.mutate()}
      action="Set password and begin"
      waiting="Setting up…"
      busy={setup.isPending}
      disabled={token === undefined || again !== password || password === ""}
    >
      <p className="muted">Choose the password of the first administrator, “admin”.</p>
      {token === undefined && (
        <Failure
          title="The link is incomplete"
          detail="Open the whole link that the server printed when it started."
        />
      )}
      {setup.isError && <SetupFailure error={setup.error} />}
      <input type="text" name="username" value="admin" autoComplete="username" hidden readOnly />
      <TextField
        label="Password"
        hint={`At least ${SHORTEST} characters.`}
        type="password"
        minLength={SHORTEST}
        value={password}
        onChange={(e) => setPassword(e.target.value)}
        autoComplete="new-password"
        autoFocus
        required
      />
      <TextField
        label="Password again"
        error={differs ? "The two differ." : undefined}
        type="password"
        value={again}
        onChange={(e) => setAgain(e.target.value)}
        autoComplete="new-password"
        required
      />
    </AccountForm>
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
