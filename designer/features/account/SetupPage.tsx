import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { Castle } from "lucide-react";
import { type ReactNode, useState } from "react";
import { session } from "@/api/client";
import { ApiError, fieldError } from "@/api/http";
import { setupLinkQuery } from "@/api/queries";
import { type LinkOwner, SHORTEST_PASSWORD } from "@/api/types";
import { Button } from "@/ui/Button";
import { ErrorView, Failure, SkeletonRows } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { AccountForm } from "./AccountForm";
import { keepName } from "./lastName";

const route = getRouteApi("/setup");

/** Somebody chooses their password, once, by the link that they were given. */
export function SetupPage() {
  const { token } = route.useSearch();
  const link = useQuery({ ...setupLinkQuery(token ?? ""), enabled: token !== undefined });
  if (token === undefined)
    return (
      <Card>
        <Failure
          title="The link is incomplete"
          detail="Open the whole link that you were sent, or that the server printed when it started."
        />
      </Card>
    );
  if (link.isError)
    return (
      <Card>
        <LinkFailure error={link.error} onRetry={() => void link.refetch()} />
      </Card>
    );
  if (link.data === undefined)
    return (
      <Card>
        <SkeletonRows rows={3} />
      </Card>
    );
  return <SetupForm token={token} owner={link.data} />;
}

/** The card without a form: there is nothing to send yet. */
function Card({ children }: { children: ReactNode }) {
  return (
    <main className="account">
      <div className="account-card">
        <div className="account-mark">
          <Castle size={26} strokeWidth={1.75} aria-hidden />
          <h1>Welcome</h1>
        </div>
        {children}
      </div>
    </main>
  );
}

function SetupForm({ token, owner }: { token: string; owner: LinkOwner }) {
  const router = useRouter();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const setup = useMutation({
    mutationFn: () => session.setup(token, password),
    onSuccess() {
      queries.clear();
      keepName(owner.name);
      // The link's secret is gone from the history as well.
      router.history.replace("/flows");
    },
  });
  const weak = fieldError(setup.error, "/password");
  const differs = again !== "" && again !== password;
  return (
    <AccountForm
      title="Welcome"
      onSubmit={() => password === again && setup.mutate()}
      action="Set password and begin"
      waiting="Setting up…"
      busy={setup.isPending}
      disabled={again !== password || password === ""}
    >
      <p className="muted">
        Choose the password of <strong>{plainly(owner.name)}</strong>, whose role is {owner.role}.
      </p>
      {setup.isError && weak === undefined && (
        <LinkFailure error={setup.error} onRetry={() => setup.mutate()} />
      )}
      <input type="text" name="username" value={owner.name} autoComplete="username" hidden readOnly />
      <TextField
        label="Password"
        hint={`At least ${SHORTEST_PASSWORD} characters. Four unrelated words are hard to guess and easy to keep.`}
        error={weak}
        type="password"
        minLength={SHORTEST_PASSWORD}
        value={password}
        onChange={(e) => {
          setPassword(e.target.value);
          if (setup.isError) setup.reset();
        }}
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

function LinkFailure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (error instanceof ApiError && error.status === 410) {
    return (
      <Failure
        title="This link is no longer good"
        detail="It was used, was replaced by a newer one, or has run out. If you have set your password, log in with it; otherwise ask an administrator for a new link."
      >
        <p>
          <a href="/login">To the log-in</a>
        </p>
      </Failure>
    );
  }
  return (
    <ErrorView error={error}>
      <p>
        <Button small onClick={onRetry}>
          Try again
        </Button>
      </p>
    </ErrorView>
  );
}
