import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { KeyRound, Lock, Plus } from "lucide-react";
import { useState } from "react";
import { credentials } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { credentialsQuery } from "@/api/queries";
import type { Credential } from "@/api/types";
import { Button } from "@/ui/Button";
import { ConfirmName } from "@/ui/ConfirmName";
import { Denied } from "@/ui/Denied";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Named, plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { toast } from "@/ui/Toasts";
import { CredentialDialog } from "./CredentialDialog";

const route = getRouteApi("/app/settings/credentials");

/** The secrets by which flows act elsewhere. They can be replaced, and never read back. */
export function CredentialsPage() {
  const { can, role } = usePermissions();
  if (!can("credential.read")) return <Denied what="see the credentials" role={role} />;
  return <Credentials may={can("credential.manage")} />;
}

type Editing = { old: Credential | undefined; type: string | undefined } | undefined;

function Credentials({ may }: { may: boolean }) {
  const { type } = route.useSearch();
  const list = useQuery(credentialsQuery);
  const queries = useQueryClient();
  // Whoever comes from a flow that lacks one begins with its type.
  const [editing, setEditing] = useState<Editing>(
    may && type !== undefined ? { old: undefined, type } : undefined,
  );
  const [removing, setRemoving] = useState<Credential>();
  const items = list.data?.items ?? [];
  const remove = async () => {
    if (removing === undefined) return;
    await credentials.remove(removing.id);
    await queries.invalidateQueries({ queryKey: ["credentials"] });
    toast("ok", `Deleted “${removing.name}”.`);
  };
  return (
    <section className="card" aria-labelledby="credentials-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="credentials-title">Credentials</h2>
          <p className="muted">
            The server puts them into requests, towards their own hosts. No flow, connector, file or page ever
            holds a secret.
          </p>
        </div>
        {may && (
          <Button
            look="primary"
            onClick={() => setEditing({ old: undefined, type: undefined })}
            data-testid="new-credential"
          >
            <Plus size={15} aria-hidden /> New credential
          </Button>
        )}
      </div>
      {list.isPending && <SkeletonRows rows={3} />}
      {list.isError && (
        <div className="card-body">
          <ErrorView error={list.error} />
        </div>
      )}
      {list.isSuccess && items.length === 0 && (
        <Empty
          icon={KeyRound}
          title="No credentials yet"
          text="Keep one for each system that flows act on. A flow names it by an alias of its own."
        >
          {may && (
            <Button onClick={() => setEditing({ old: undefined, type: undefined })}>New credential</Button>
          )}
        </Empty>
      )}
      {items.length > 0 && (
        <CredentialTable
          items={items}
          may={may}
          onChange={(old) => setEditing({ old, type: undefined })}
          onRemove={setRemoving}
        />
      )}
      {editing !== undefined && (
        <CredentialDialog
          key={editing.old?.id ?? "new"}
          old={editing.old}
          type={editing.type}
          onClose={() => setEditing(undefined)}
        />
      )}
      <ConfirmName
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Delete “${removing?.name ?? ""}”?`}
        text="Its secret is gone for good. One that a flow is bound to stays: you are told which flows those are."
        name={removing?.name ?? ""}
        action="Delete the credential"
        onConfirm={remove}
      />
    </section>
  );
}

interface TableProps {
  items: Credential[];
  may: boolean;
  onChange: (credential: Credential) => void;
  onRemove: (credential: Credential) => void;
}

function CredentialTable({ items, may, onChange, onRemove }: TableProps) {
  return (
    <table className="table" aria-labelledby="credentials-title" data-testid="credentials">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Its hosts</th>
          <th scope="col">Secret</th>
          <th scope="col">Changed</th>
          {may && (
            <th scope="col">
              <span className="hidden-text">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {items.map((c) => (
          <tr key={c.id} data-testid={`credential-${c.id}`}>
            <td>
              <Named text={c.name} />
            </td>
            <td>
              <code>{c.type}</code>
            </td>
            <td className="credential-hosts">{(c.hosts ?? []).join(", ")}</td>
            <td>
              {(c.secrets ?? []).length === 0 ? (
                <span className="muted">not set</span>
              ) : (
                <span className="row">
                  <Lock size={13} aria-hidden /> set
                </span>
              )}
            </td>
            <td className="muted">
              <Ago at={c.updatedAt} />
              {c.updatedBy !== "" && ` by ${c.updatedBy}`}
            </td>
            {may && (
              <td className="number">
                <span className="row credential-buttons">
                  <Button small onClick={() => onChange(c)} aria-label={plainly(`Change ${c.name}`)}>
                    Change
                  </Button>
                  <Button
                    small
                    look="danger"
                    onClick={() => onRemove(c)}
                    aria-label={plainly(`Delete ${c.name}`)}
                  >
                    Delete
                  </Button>
                </span>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
