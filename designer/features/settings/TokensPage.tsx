import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { usePermissions } from "@/api/permissions";
import { tokensQuery } from "@/api/queries";
import type { Token } from "@/api/types";
import { Button } from "@/ui/Button";
import { Denied } from "@/ui/Denied";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Named, plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { NewTokenDialog } from "./NewTokenDialog";
import { RevokeDialog } from "./RevokeDialog";

/** The tokens by which scripts and other systems call the API. */
export function TokensPage() {
  const { can, role } = usePermissions();
  if (!can("token.manage")) return <Denied what="manage API tokens" role={role} />;
  return <Tokens />;
}

function Tokens() {
  const tokens = useQuery(tokensQuery);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  const items = tokens.data?.items;
  return (
    <section className="card" aria-labelledby="tokens-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="tokens-title">API tokens</h2>
          <p className="muted">
            Sent as <code>Authorization: Bearer …</code>, each with a role of its own.
          </p>
        </div>
        <Button look="primary" onClick={() => setCreating(true)}>
          <Plus size={15} aria-hidden />
          New token
        </Button>
      </div>
      {tokens.isPending && <SkeletonRows rows={3} />}
      {tokens.isError && (
        <div className="card-body">
          <ErrorView error={tokens.error} />
        </div>
      )}
      {items?.length === 0 && (
        <Empty
          icon={KeyRound}
          title="No tokens yet"
          text="Make one for each script or system that calls the API."
        >
          <Button onClick={() => setCreating(true)}>New token</Button>
        </Empty>
      )}
      {items !== undefined && items.length > 0 && <TokenTable tokens={items} onRevoke={setRevoking} />}
      <NewTokenDialog open={creating} onClose={() => setCreating(false)} />
      <RevokeDialog token={revoking} onClose={() => setRevoking(undefined)} />
    </section>
  );
}

function TokenTable({ tokens, onRevoke }: { tokens: Token[]; onRevoke: (token: Token) => void }) {
  return (
    <table className="table" aria-labelledby="tokens-title" data-testid="tokens">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">Made</th>
          <th scope="col">Last used</th>
          <th scope="col">
            <span className="hidden-text">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>
              <Named text={token.name} />{" "}
              {token.stopped && (
                <span className="badge badge-fail" title={`${token.createdBy} is disabled`}>
                  stopped
                </span>
              )}
            </td>
            <td>{token.role}</td>
            <td>
              <Ago at={token.createdAt} />
              {token.createdBy !== "" && <span className="muted"> by {token.createdBy}</span>}
            </td>
            <td>{token.lastUsedAt ? <Ago at={token.lastUsedAt} /> : <span className="muted">never</span>}</td>
            <td className="number">
              <Button
                small
                look="danger"
                onClick={() => onRevoke(token)}
                aria-label={plainly(`Revoke ${token.name}`)}
              >
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
