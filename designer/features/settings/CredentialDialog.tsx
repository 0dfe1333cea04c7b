import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { credentials } from "@/api/client";
import { fieldError } from "@/api/http";
import { credentialTypesQuery } from "@/api/queries";
import type { Credential, CredentialInput, CredentialType } from "@/api/types";
import type { Json, JsonObject } from "@/core/flow/document";
import { labelOf } from "@/core/flow/problems";
import { Button } from "@/ui/Button";
import { Conflict, conflictOf } from "@/ui/Conflict";
import { Dialog } from "@/ui/Dialog";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Field, TextField } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";

interface CredentialDialogProps {
  /** The one that is changed; a new one is made without it. */
  old: Credential | undefined;
  /** The type to begin with. */
  type: string | undefined;
  onClose: () => void;
}

/** Keeps a credential. A secret that is set is replaced or stays; it is never shown. */
export function CredentialDialog({ old, type: first, onClose }: CredentialDialogProps) {
  const queries = useQueryClient();
  const form = useId();
  const types = useQuery(credentialTypesQuery);
  const known = types.data?.items ?? [];
  const [chosen, setChosen] = useState(old?.type ?? first);
  const type = known.find((t) => t.type === chosen) ?? (old || first ? undefined : known[0]);
  const [name, setName] = useState(old?.name ?? "");
  const [hosts, setHosts] = useState((old?.hosts ?? []).join("\n"));
  const [fields, setFields] = useState<Record<string, string>>(old?.fields ?? {});
  const [base, setBase] = useState(old?.revision ?? 0);
  const save = useMutation({
    mutationFn: ({ body, from }: { body: CredentialInput; from: number }) =>
      old === undefined ? credentials.create(body) : credentials.update(old.id, from, body),
    async onSuccess(saved) {
      toast("ok", `Kept “${saved.name}”.`);
      await queries.invalidateQueries({ queryKey: ["credentials"] });
      onClose();
    },
  });
  const sooner = conflictOf<Credential>(save.error, "credential");
  const onField =
    type !== undefined &&
    fieldsOf(type).some((f) => fieldError(save.error, `/fields/${f.name}`) !== undefined);
  const takeTheirs = (theirs: Credential) => {
    setName(theirs.name);
    setHosts(theirs.hosts.join("\n"));
    setFields(theirs.fields);
    setBase(theirs.revision);
    save.reset();
  };
  const list = hosts.split(/[\s,]+/).filter(Boolean);
  const signs = type?.apply === "none";
  const incoming = signs && type?.connector === "trigger";
  const lacks = [
    type === undefined && old === undefined && "a type",
    name.trim() === "" && "a name",
    list.length === 0 &&
      (incoming ? "a host that sends" : signs ? "a host that it signs for" : "a host that it is sent to"),
  ].filter((what) => what !== false);
  // A secret is given again by who wants it to go elsewhere: the server asks for that.
  const moved =
    old !== undefined && old.secrets.length > 0 && list.some((h) => !old.hosts.includes(h.toLowerCase()));
  const keep = (from: number) => {
    const named = type?.type ?? old?.type;
    if (named === undefined || save.isPending) return;
    save.mutate({ body: { name: name.trim(), type: named, hosts: list, fields: filled(fields) }, from });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep(base);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={old === undefined ? "New credential" : `Change “${old.name}”`}
      footer={
        <>
          {lacks.length > 0 && (
            <span className="grow muted" role="status" data-testid="credential-lacks">
              It still needs {lacks.join(" and ")}.
            </span>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={form}
            look="primary"
            busy={save.isPending}
            disabled={lacks.length > 0}
            data-testid="save-credential"
          >
            {save.isPending ? "Keeping…" : "Keep it"}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="settings-page" autoComplete="off">
        {save.isError && sooner === undefined && !onField && <ErrorView error={save.error} />}
        {sooner !== undefined && (
          <Conflict
            conflict={sooner}
            what="this credential"
            busy={save.isPending}
            onTheirs={() => takeTheirs(sooner.theirs)}
            onMine={() => keep(sooner.current)}
          >
            <p className="muted">
              Theirs: “{plainly(sooner.theirs.name)}”, for {sooner.theirs.hosts.join(", ")}.
            </p>
          </Conflict>
        )}
        {types.isError && <ErrorView error={types.error} />}
        {types.isPending && <SkeletonRows rows={3} />}
        <TextField
          label="Name"
          hint="For people: what it opens, and whose it is."
          value={name}
          maxLength={200}
          autoComplete="off"
          autoFocus
          required
          onChange={(e) => setName(e.target.value)}
        />
        <Field label="Type" hint={type === undefined ? missingText(chosen) : applyText(type)}>
          {(id, below) => (
            <select
              id={id}
              aria-describedby={below}
              className="select"
              value={type?.type ?? chosen ?? ""}
              disabled={old !== undefined}
              onChange={(e) => {
                setChosen(e.target.value);
                setFields({});
              }}
            >
              {type === undefined && <option value={chosen ?? ""}>{chosen ?? ""}</option>}
              {known.map((t) => (
                <option key={t.type} value={t.type}>
                  {t.type}
                </option>
              ))}
            </select>
          )}
        </Field>
        {type !== undefined &&
          fieldsOf(type).map((f) => (
            <ValueField
              key={f.name}
              field={f}
              again={moved && f.secret && old.secrets.includes(f.name)}
              isSet={old?.secrets.includes(f.name) === true}
              value={fields[f.name] ?? ""}
              error={save.isError ? fieldError(save.error, `/fields/${f.name}`) : undefined}
              onChange={(value) => setFields({ ...fields, [f.name]: value })}
            />
          ))}
        <Field label="Hosts" hint={hostsText(type)}>
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              className="textarea mono"
              rows={2}
              spellCheck={false}
              value={hosts}
              onChange={(e) => setHosts(e.target.value)}
            />
          )}
        </Field>
        {moved && (
          <p className="row" role="status" data-testid="give-again">
            A host is added: give the secret again, which can't be read back, nor sent elsewhere by who
            doesn't know it.
          </p>
        )}
      </form>
    </Dialog>
  );
}

interface FieldOf {
  name: string;
  label: string;
  hint: string | undefined;
  secret: boolean;
  required: boolean;
  choices: string[];
  long: boolean;
}

/** The fields that a type's schema names. All of them are texts. */
function fieldsOf(type: CredentialType): FieldOf[] {
  const schema = (type.fields ?? {}) as JsonObject;
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).map(([name, field]) => ({
    name,
    label: textOf(field.title) ?? labelOf(name),
    hint: textOf(field.description),
    secret: type.secret.includes(name),
    required: required.includes(name),
    choices: Array.isArray(field.enum) ? field.enum.map(String) : [],
    long: /pem|certificate|private|json/i.test(name) || field.contentMediaType !== undefined,
  }));
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

interface ValueFieldProps {
  field: FieldOf;
  isSet: boolean;
  /** It is set, and has to be given once more. */
  again: boolean;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function ValueField({ field: f, isSet, again, value, error, onChange }: ValueFieldProps) {
  const [replacing, setReplacing] = useState(!isSet);
  if (!replacing && !again)
    return (
      <Field label={f.label} {...(error === undefined ? {} : { error })}>
        {(id) => (
          <div className="row">
            <output id={id} className="grow muted">
              Set; it can't be shown.
            </output>
            <Button small onClick={() => setReplacing(true)} aria-label={`Replace ${f.label}`}>
              Replace
            </Button>
          </div>
        )}
      </Field>
    );
  const hint = again
    ? "Once more, for a host is added."
    : f.secret && isSet
      ? "Left empty, the one that is set stays."
      : f.hint;
  return (
    <Field
      label={f.label}
      {...(hint === undefined ? {} : { hint })}
      {...(error === undefined ? {} : { error })}
    >
      {(id, below) =>
        f.choices.length > 0 ? (
          <select id={id} className="select" value={value} onChange={(e) => onChange(e.target.value)}>
            <option value="">Not set</option>
            {f.choices.map((c) => (
              <option key={c} value={c}>
                {c}
              </option>
            ))}
          </select>
        ) : f.long ? (
          <textarea
            id={id}
            aria-describedby={below}
            className="textarea mono"
            rows={4}
            spellCheck={false}
            value={value}
            onChange={(e) => onChange(e.target.value)}
          />
        ) : (
          <input
            id={id}
            aria-describedby={below}
            className="input"
            // The browser must not offer to keep it, nor fill in another one.
            type={f.secret ? "password" : "text"}
            autoComplete={f.secret ? "new-password" : "off"}
            spellCheck={false}
            required={again || (f.required && !isSet)}
            value={value}
            onChange={(e) => onChange(e.target.value)}
          />
        )
      }
    </Field>
  );
}

/** An empty field is left out: of a change, the secret that is set stays. */
function filled(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== ""));
}

const APPLY: Record<string, string> = {
  bearer: "Sent as Authorization: Bearer.",
  basic: "Sent as user and password (Authorization: Basic).",
  header: "Sent in a header of its own.",
  query: "Sent as a parameter of the address.",
  sigv4: "Requests are signed as AWS asks for (Signature Version 4).",
  oauth2ClientCredentials: "The server fetches access tokens with it (OAuth 2 client credentials).",
  mtls: "The server shows a client certificate.",
  none: "Never sent: it signs, and the signature is sent.",
  login: "The server logs in with it.",
};

function applyText(type: CredentialType): string {
  if (type.connector === "trigger")
    return type.apply === "none"
      ? "Never sent: what comes in at a webhook is checked by it."
      : `${APPLY[type.apply] ?? ""} For mailboxes that flows watch.`.trim();
  return `${APPLY[type.apply] ?? ""} For the connector ${type.connector}.`.trim();
}

function hostsText(type: CredentialType | undefined): string {
  if (type?.connector === "trigger")
    return type.apply === "none"
      ? "Who sends the webhooks, for people to know: edr.example.com."
      : "The mail server that it is sent to and no other, with its port where that isn't the usual one: mail.example.com or mail.example.com:1993.";
  return type?.apply === "none"
    ? "It signs for these and for no other, one a line: hooks.example.com. Of webhooks that come in, name who sends them."
    : "It is sent to these and to no other, one a line: api.example.com.";
}

function missingText(type: string | undefined): string {
  return type === undefined
    ? "No installed connector uses credentials."
    : `No installed connector uses ${type}: install the one that does first.`;
}
