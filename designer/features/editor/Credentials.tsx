import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Link2, Plus, TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { usePermissions } from "@/api/permissions";
import { credentialTypesQuery } from "@/api/queries";
import { setFlow, setNode } from "@/core/commands/edit";
import { aliasesFor, freshAlias, takesCredential, usersOf } from "@/core/flow/credentials";
import type { Flow, FlowNode } from "@/core/flow/document";
import { Button, IconButton } from "@/ui/Button";
import { Field } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { useBindings } from "./bindings";
import type { EditorSession } from "./session";
import { useFlow, useSession } from "./useSession";

function declare(session: EditorSession, aliases: NonNullable<Flow["credentials"]>, label: string): void {
  session.do(setFlow("credentials", Object.keys(aliases).length > 0 ? aliases : undefined, label));
}

/** The aliases of a flow: each with its type, and which credential it is on this server. */
export function AliasesField() {
  const session = useSession();
  const flow = useFlow();
  const { can } = usePermissions();
  const types = useQuery({ ...credentialTypesQuery, enabled: can("credential.read") });
  const known = types.data?.items ?? [];
  const [fresh, setFresh] = useState("");
  const aliases = flow.credentials ?? {};
  const wanted = fresh || known[0]?.type;
  return (
    <fieldset className="aliases" data-testid="aliases">
      <legend className="field-label">Credentials</legend>
      <p className="field-hint">
        The file names them by alias and type alone. Which secret an alias is, each server says for itself.
      </p>
      {Object.entries(aliases).map(([alias, { type }]) => (
        <div key={alias} className="alias" data-testid={`alias-${alias}`}>
          <code>{alias}</code>
          <span className="muted">
            {type} · {plural(usersOf(flow, alias).length, "node")}
          </span>
          <BindingPicker alias={alias} type={type} />
          {!session.readOnly && (
            <IconButton
              label={`Remove the alias ${alias}`}
              onClick={() => {
                const { [alias]: _, ...rest } = aliases;
                declare(session, rest, "Remove a credential");
              }}
            >
              <X size={14} aria-hidden />
            </IconButton>
          )}
        </div>
      ))}
      <LeftBindings aliases={aliases} />
      {!session.readOnly && known.length > 0 && (
        <div className="row">
          <select
            className="select alias-type"
            aria-label="Type of the new credential"
            value={wanted}
            onChange={(e) => setFresh(e.target.value)}
          >
            {known.map((t) => (
              <option key={t.type} value={t.type}>
                {t.type}
              </option>
            ))}
          </select>
          <Button
            small
            data-testid="add-alias"
            onClick={() => {
              if (wanted !== undefined)
                declare(
                  session,
                  { ...aliases, [freshAlias(flow, wanted)]: { type: wanted } },
                  "Add a credential",
                );
            }}
          >
            <Plus size={14} aria-hidden /> Add an alias
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** Aliases that the draft no longer names and that are bound still: a version that is live may use them. */
function LeftBindings({ aliases }: { aliases: NonNullable<Flow["credentials"]> }) {
  const { bindings, nameOf, mayBind, busy, bind } = useBindings();
  if (!mayBind) return null;
  const left = Object.keys(bindings ?? {}).filter((alias) => aliases[alias] === undefined);
  return left.map((alias) => (
    <div key={alias} className="alias" data-testid={`left-${alias}`}>
      <code>{alias}</code>
      <span className="muted">
        Not in the draft, and still {plainly(nameOf(alias) ?? "")} for versions that use it
      </span>
      <Button small busy={busy} onClick={() => bind(alias, undefined)}>
        Unbind<span className="hidden-text"> {alias}</span>
      </Button>
    </div>
  ));
}

/** Which alias a node uses, and what that is here. */
export function NodeCredential({ node }: { node: FlowNode }) {
  const session = useSession();
  const flow = useFlow();
  const { can } = usePermissions();
  const types = useQuery({ ...credentialTypesQuery, enabled: can("credential.read") });
  const own = (types.data?.items ?? []).filter((t) => takesCredential(node, t.type));
  const fitting = aliasesFor(flow, node);
  const aliases = [...new Set([...fitting, ...(node.credential ? [node.credential] : [])])];
  if (aliases.length === 0 && own.length === 0) return null;
  const use = (alias: string | undefined) =>
    session.do(setNode(node.id, "credential", alias, "Change the credential"));
  const type = node.credential === undefined ? undefined : flow.credentials?.[node.credential]?.type;
  const add = (wanted: string) => {
    const alias = freshAlias(flow, wanted);
    declare(session, { ...flow.credentials, [alias]: { type: wanted } }, "Add a credential");
    use(alias);
  };
  return (
    <>
      <Field label="Credential" hint="An alias of this flow; the secret itself stays on the server.">
        {(id, below) => (
          <select
            id={id}
            aria-describedby={below}
            className="select"
            data-testid="node-credential"
            value={node.credential ?? ""}
            disabled={session.readOnly}
            onChange={(e) =>
              e.target.value.startsWith("+") ? add(e.target.value.slice(1)) : use(e.target.value || undefined)
            }
          >
            <option value="">None</option>
            {aliases.map((alias) => (
              <option key={alias} value={alias}>
                {alias} ({flow.credentials?.[alias]?.type ?? "not declared"})
              </option>
            ))}
            {own.map((t) => (
              <option key={t.type} value={`+${t.type}`}>
                New alias for {t.type}
              </option>
            ))}
          </select>
        )}
      </Field>
      {node.credential !== undefined && type !== undefined && (
        <div className="alias-here">
          <span className="muted">
            On this server <code>{node.credential}</code> is
          </span>
          <BindingPicker alias={node.credential} type={type} />
        </div>
      )}
    </>
  );
}

/** What an alias is on this server: chosen by those who may, told to the others. */
function BindingPicker({ alias, type }: { alias: string; type: string }) {
  const { bindings, ofType, nameOf, mayBind, bind } = useBindings();
  const bound = bindings?.[alias];
  const fitting = ofType(type);
  if (!mayBind)
    return bound === undefined ? (
      <span className="alias-unbound">
        <TriangleAlert size={14} aria-hidden /> not bound here: an admin binds it
      </span>
    ) : (
      <span className="row">
        <Link2 size={14} aria-hidden /> {nameOf(alias)}
      </span>
    );
  if (fitting.length === 0 && bound === undefined)
    return (
      <span className="alias-unbound">
        <TriangleAlert size={14} aria-hidden /> not bound:{" "}
        <Link to="/settings/credentials" search={{ type }}>
          keep one of this type
        </Link>
      </span>
    );
  return (
    <select
      className="select alias-binding"
      aria-label={`What ${alias} is on this server`}
      data-testid={`bind-${alias}`}
      data-unbound={bound === undefined || undefined}
      value={bound ?? ""}
      disabled={bindings === undefined}
      onChange={(e) => bind(alias, e.target.value || undefined)}
    >
      <option value="">Not bound</option>
      {bound !== undefined && !fitting.some((c) => c.id === bound) && (
        <option value={bound}>{plainly(nameOf(alias) ?? "")}</option>
      )}
      {fitting.map((c) => (
        <option key={c.id} value={c.id}>
          {plainly(c.name)}
        </option>
      ))}
    </select>
  );
}
