import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Copy, KeyRound, LogOut, ScrollText, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { admin, session } from "@/api/client";
import { meQuery, tokensQuery, usersQuery } from "@/api/queries";
import { type AuditRow, ROLES, type Role, type Token } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { copyToClipboard } from "@/ui/download";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Field, Segments } from "@/ui/Fields";
import { agoText, dateText } from "@/ui/format";
import { toast } from "@/ui/Toasts";
import { type ThemeChoice, useTheme } from "@/ui/theme";

const THEMES: { value: ThemeChoice; label: string }[] = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "system", label: "As the system" },
];

/** Who is logged in, and how the page looks. */
export function ProfilePage() {
  const me = useQuery(meQuery);
  const theme = useTheme();
  const queries = useQueryClient();
  const go = useNavigate();
  const logout = useMutation({
    mutationFn: session.logout,
    async onSuccess() {
      queries.clear();
      await go({ to: "/login", search: {} });
    },
  });
  return (
    <section className="card settings-card" aria-label="Profile">
      <dl className="facts">
        <dt>Name</dt>
        <dd>{me.data?.name}</dd>
        <dt>Role</dt>
        <dd>{me.data?.role}</dd>
        <dt>Appearance</dt>
        <dd>
          <Segments label="Appearance" value={theme.choice} options={THEMES} onChange={theme.choose} />
        </dd>
      </dl>
      {logout.isError && <ErrorView error={logout.error} />}
      <div>
        <Button onClick={() => logout.mutate()} disabled={logout.isPending} data-testid="logout">
          <LogOut size={15} aria-hidden /> Log out
        </Button>
      </div>
    </section>
  );
}

/** Tokens for scripts: made, shown once, withdrawn. */
export function TokensPage() {
  const tokens = useQuery(tokensQuery);
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const create = useMutation({
    mutationFn: () => admin.createToken(name.trim(), role),
    onSuccess() {
      setName("");
      void queries.invalidateQueries({ queryKey: ["tokens"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") create.mutate();
  };
  const items = tokens.data?.items ?? [];
  return (
    <>
      <form className="card settings-card token-form" onSubmit={submit} aria-label="New token">
        <Field label="Name" hint="Which script or system uses it.">
          {(id, below) => (
            <input
              id={id}
              aria-describedby={below}
              className="input"
              value={name}
              required
              onChange={(e) => setName(e.target.value)}
            />
          )}
        </Field>
        <Field label="Role">
          {(id) => (
            <select id={id} className="select" value={role} onChange={(e) => setRole(e.target.value as Role)}>
              {ROLES.map((r) => (
                <option key={r}>{r}</option>
              ))}
            </select>
          )}
        </Field>
        <Button type="submit" look="primary" disabled={create.isPending || name.trim() === ""}>
          Make a token
        </Button>
      </form>
      {create.isError && <ErrorView error={create.error} />}
      {create.data !== undefined && <FreshToken token={create.data.token} />}
      {tokens.isError && <ErrorView error={tokens.error} />}
      <div className="card">
        {tokens.isPending ? (
          <SkeletonRows rows={3} />
        ) : items.length === 0 ? (
          <Empty
            icon={KeyRound}
            title="No tokens"
            text="Scripts call the interface with a token instead of a password."
          />
        ) : (
          <TokenTable items={items} />
        )}
      </div>
    </>
  );
}

function FreshToken({ token }: { token: string }) {
  return (
    <section className="card settings-card" aria-label="The new token">
      <p>Copy it now: it is shown this once.</p>
      <div className="row">
        <code className="token-value" data-testid="fresh-token">
          {token}
        </code>
        <IconButton
          label="Copy the token"
          onClick={() =>
            void copyToClipboard(token).then((ok) =>
              toast(ok ? "ok" : "fail", ok ? "Copied." : "Select and copy it."),
            )
          }
        >
          <Copy size={15} aria-hidden />
        </IconButton>
      </div>
    </section>
  );
}

function TokenTable({ items }: { items: Token[] }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => admin.deleteToken(id),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["tokens"] }),
    onError: (e) => toast("fail", e.message),
  });
  return (
    <table className="table">
      <thead>
        <tr>
          <th>Name</th>
          <th>Role</th>
          <th>Made</th>
          <th>Last used</th>
          <th>
            <span className="hidden-text">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((t) => (
          <tr key={t.id}>
            <td>{t.name}</td>
            <td>{t.role}</td>
            <td className="muted">
              {agoText(t.createdAt)} · {t.createdBy}
            </td>
            <td className="muted">{t.lastUsedAt ? agoText(t.lastUsedAt) : "Never"}</td>
            <td>
              <Button
                small
                look="danger"
                disabled={remove.isPending}
                onClick={() => remove.mutate(t.id)}
                aria-label={`Withdraw ${t.name}`}
              >
                <Trash2 size={13} aria-hidden /> Withdraw
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Everybody who can log in. */
export function UsersPage() {
  const users = useQuery(usersQuery);
  if (users.isError) return <ErrorView error={users.error} />;
  return (
    <div className="card">
      {users.isPending ? (
        <SkeletonRows rows={3} />
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th>Name</th>
              <th>Role</th>
              <th>Since</th>
              <th>Last seen</th>
            </tr>
          </thead>
          <tbody>
            {users.data.items.map((u) => (
              <tr key={u.id}>
                <td>{u.name}</td>
                <td>{u.role}</td>
                <td className="muted">{dateText(u.createdAt)}</td>
                <td className="muted">{u.lastSeenAt ? agoText(u.lastSeenAt) : "Never"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** Who changed what, and when; written with the change itself. */
export function AuditPage() {
  const audit = useInfiniteQuery({
    queryKey: ["audit"],
    queryFn: ({ pageParam }) => admin.audit(pageParam || undefined),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });
  if (audit.isError) return <ErrorView error={audit.error} />;
  const rows = audit.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <>
      <div className="card">
        {audit.isPending ? (
          <SkeletonRows />
        ) : rows.length === 0 ? (
          <Empty icon={ScrollText} title="Nothing yet" text="Every change leaves a row here." />
        ) : (
          <AuditTable rows={rows} />
        )}
      </div>
      {audit.hasNextPage && (
        <Button onClick={() => void audit.fetchNextPage()} disabled={audit.isFetchingNextPage}>
          Older rows
        </Button>
      )}
    </>
  );
}

function AuditTable({ rows }: { rows: AuditRow[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th>When</th>
          <th>Who</th>
          <th>Did</th>
          <th>To</th>
          <th>Detail</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((r) => (
          <tr key={r.id}>
            <td className="muted audit-when">{dateText(r.at)}</td>
            <td>
              {r.actor}
              {r.actorKind !== "user" && <span className="muted"> ({r.actorKind})</span>}
            </td>
            <td>
              <code>{r.action}</code>
            </td>
            <td>
              {r.object} <code className="muted">{r.objectId.slice(-6)}</code>
            </td>
            <td className="audit-detail">
              <code className="muted">{detailText(r.detail)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function detailText(detail: AuditRow["detail"]): string {
  if (detail === undefined || detail === null || detail === "") return "";
  return typeof detail === "string" ? detail : JSON.stringify(detail);
}
