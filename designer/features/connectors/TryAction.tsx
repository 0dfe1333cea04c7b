import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Play, WandSparkles } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { connectors } from "@/api/client";
import { ApiError } from "@/api/http";
import { usePermissions } from "@/api/permissions";
import { credentialsQuery } from "@/api/queries";
import type { Connector, ConnectorAction, Credential, Problem } from "@/api/types";
import type { JsonObject } from "@/core/flow/document";
import { SchemaForm } from "@/schema-form/SchemaForm";
import { type FormScope, FormScopeContext } from "@/schema-form/scope";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { TryResult } from "./TryResult";

interface TryActionProps {
  connector: Connector;
  action: ConnectorAction;
}

/** Runs one action with values that are typed here. It goes the way of a flow's step, with the same powers. */
export function TryAction({ connector: c, action: a }: TryActionProps) {
  const queries = useQueryClient();
  const [input, setInput] = useState<JsonObject>({});
  // The form keeps what is half-typed; another example is another form.
  const [form, setForm] = useState(0);
  const [credential, setCredential] = useState("");
  const [asking, setAsking] = useState(false);
  const choices = useCredentials(c);
  const chosen = choices.find((k) => k.id === credential);
  const effects = a.effect === "write" || a.effect === "destructive";
  const attempt = useMutation({
    mutationFn: () =>
      connectors.tryAction(c.id, c.version, a.id, {
        input,
        ...(chosen === undefined ? {} : { credential: chosen.id }),
        ...(effects ? { confirm: true } : {}),
      }),
    onSettled() {
      for (const key of ["connector-health", "connector-logs"])
        void queries.invalidateQueries({ queryKey: [key, c.id, c.version] });
    },
  });
  const run = () => {
    setAsking(false);
    attempt.mutate();
  };
  const begin = () => (effects ? setAsking(true) : run());
  const fill = (example: JsonObject) => {
    setInput(structuredClone(example));
    setForm(form + 1);
    attempt.reset();
  };
  const scope = useValues(attempt.error);
  const wrong = scope.problems.size > 0;
  const examples = (a.examples ?? []).filter((e) => isObject(e.input));
  return (
    <section className="try" aria-label={`Try ${a.name || a.id}`} data-testid={`try-${a.id}`}>
      <div className="try-form">
        {examples.length > 0 && (
          <div className="try-examples">
            <span className="muted">Fill in an example:</span>
            {examples.map((e, i) => (
              <Button key={i} small onClick={() => fill(e.input as JsonObject)}>
                <WandSparkles size={13} aria-hidden /> {e.name || `Example ${i + 1}`}
              </Button>
            ))}
          </div>
        )}
        <FormScopeContext.Provider value={scope}>
          <SchemaForm
            key={form}
            schema={isObject(a.input) ? a.input : { type: "object" }}
            value={input}
            onChange={setInput}
            readOnly={false}
          />
        </FormScopeContext.Provider>
        <CredentialPicker connector={c} choices={choices} value={chosen?.id ?? ""} onChange={setCredential} />
        <div className="row">
          <Button
            look={a.effect === "destructive" ? "danger-full" : "primary"}
            busy={attempt.isPending}
            onClick={begin}
            data-testid={`run-${a.id}`}
          >
            <Play size={15} aria-hidden /> {effects ? "Run for real…" : "Run"}
          </Button>
          <span className="muted" role="status">
            {attempt.isPending ? "It runs…" : ""}
          </span>
        </div>
      </div>
      {wrong ? (
        <p className="field-error" role="alert">
          The input does not fit yet: see the fields.
        </p>
      ) : (
        attempt.isError && <ErrorView error={attempt.error} />
      )}
      {attempt.isSuccess && <TryResult tried={attempt.data} />}
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={a.effect === "destructive" ? "Run what can't be taken back?" : "Run it for real?"}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Leave it</Button>
            <Button
              look={a.effect === "destructive" ? "danger-full" : "primary"}
              onClick={run}
              data-testid="confirm-run"
            >
              Run it
            </Button>
          </>
        }
      >
        <p>{consequence(c, a, chosen)}</p>
        <p className="muted">The audit log tells that you ran it.</p>
      </Dialog>
    </section>
  );
}

/** What running an action with effects means, in plain words. */
function consequence(c: Connector, a: ConnectorAction, credential: Credential | undefined): string {
  const name = plainly(`“${a.name || a.id}” of ${c.name || c.id}`);
  const does = a.effect === "destructive" ? `${name} is destructive` : `${name} changes things outside`;
  const through =
    credential === undefined ? "" : `, as “${plainly(credential.name)}” at ${credential.hosts.join(", ")}`;
  const undo = a.inverse ? ` It can be undone by ${a.inverse}.` : "";
  return `${does}. This is no rehearsal: it happens for real${through}.${undo}`;
}

/** The credentials that the connector takes and this user may use. */
function useCredentials(c: Connector): Credential[] {
  const { can } = usePermissions();
  const types = c.credentialTypes ?? [];
  const list = useQuery({ ...credentialsQuery, enabled: types.length > 0 && can("credential.read") });
  const all = can("credential.manage");
  return (list.data?.items ?? []).filter((k) => types.includes(k.type) && (all || k.bound));
}

interface PickerProps {
  connector: Connector;
  choices: Credential[];
  value: string;
  onChange: (id: string) => void;
}

function CredentialPicker({ connector: c, choices, value, onChange }: PickerProps) {
  const { can } = usePermissions();
  const types = c.credentialTypes ?? [];
  if (types.length === 0) return null;
  const none = can("credential.manage")
    ? `There is none yet of the types that it takes: ${types.join(", ")}. The settings keep them.`
    : `There is none that you may use: authors use those that an administrator bound to a flow. It takes ${types.join(", ")}.`;
  const hint = choices.length > 0 ? "The server puts it into requests, towards its own hosts." : none;
  return (
    <Field label="Credential" hint={hint}>
      {(id, below) => (
        <select
          id={id}
          aria-describedby={below}
          className="select"
          value={value}
          onChange={(e) => onChange(e.target.value)}
        >
          <option value="">None</option>
          {choices.map((k) => (
            <option key={k.id} value={k.id}>
              {plainly(k.name)} ({k.type})
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A form of values alone, with what the server found wrong beside its fields. */
function useValues(error: unknown): FormScope {
  const plain = useId();
  return useMemo(() => {
    const problems = new Map<string, Problem[]>();
    for (const p of error instanceof ApiError ? error.problems : []) {
      const field = /^\/input(\/.*)$/.exec(p.pointer)?.[1];
      if (field !== undefined) problems.set(field, [...(problems.get(field) ?? []), p]);
    }
    return {
      plain: true,
      preview: async () => ({ ok: false, pending: true }),
      names: () => undefined,
      look: async () => undefined,
      problems,
      readOnly: false,
      focus: undefined,
      dataMark: plain,
    };
  }, [error, plain]);
}

function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
