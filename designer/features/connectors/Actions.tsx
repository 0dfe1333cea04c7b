import { FlaskConical } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { usePermissions } from "@/api/permissions";
import type { Connector, ConnectorAction } from "@/api/types";
import { EFFECT_TEXT } from "@/core/flow/catalog";
import type { Json, JsonObject } from "@/core/flow/document";
import { Button } from "@/ui/Button";
import { Examples } from "@/ui/Examples";
import { SkeletonRows } from "@/ui/Feedback";
import { plural } from "@/ui/format";
import { JsonTree } from "@/ui/JsonTree";

// The form brings the code editor along, which nobody needs who only looks.
const TryAction = lazy(async () => ({ default: (await import("./TryAction")).TryAction }));

/** What a connector can do, each action with its fields and examples. */
export function Actions({ connector }: { connector: Connector }) {
  const actions = connector.actions ?? [];
  return (
    <section className="card" aria-labelledby="actions-title" data-testid="actions">
      <div className="card-head">
        <h2 id="actions-title">{plural(actions.length, "action")}</h2>
      </div>
      <ul>
        {actions.map((a) => (
          <li key={a.id} className="action">
            <details>
              <summary>
                <span className="action-name">{a.name || a.id}</span>
                <code className="muted">
                  {connector.id}.{a.id}
                </code>
                <span className="effect" data-effect={a.effect}>
                  {EFFECT_TEXT[a.effect]}
                </span>
              </summary>
              <ActionBody connector={connector} action={a} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ActionBody({ connector: c, action: a }: { connector: Connector; action: ConnectorAction }) {
  const { can } = usePermissions();
  const [trying, setTrying] = useState(false);
  const may = c.standing === "bundled" || c.standing === "consented";
  const facts = [
    a.idempotent && "can be repeated without harm",
    a.timeout && `ends after ${a.timeout} at the latest`,
    a.inverse && `is undone by ${a.inverse}`,
  ].filter(Boolean);
  return (
    <div className="action-body">
      <div className="action-head">
        <p className="grow">{a.description}</p>
        {can("connector.try") && (
          <Button
            small
            aria-expanded={trying}
            disabled={!may}
            title={may ? undefined : "None of its actions runs before an administrator consents to it"}
            onClick={() => setTrying(!trying)}
            data-testid={`open-try-${a.id}`}
          >
            <FlaskConical size={14} aria-hidden /> Try it
          </Button>
        )}
      </div>
      {trying && may && (
        <Suspense fallback={<SkeletonRows rows={3} />}>
          <TryAction connector={c} action={a} />
        </Suspense>
      )}
      {facts.length > 0 && <p className="muted">It {facts.join(", ")}.</p>}
      <div className="two">
        <Fields action={a.name || a.id} title="Takes" schema={a.input} />
        <Fields action={a.name || a.id} title="Gives" schema={a.output} />
      </div>
      <Examples of={a.name || a.id} examples={a.examples ?? []} />
    </div>
  );
}

/** The fields of a schema in words; a schema that is no object is shown as it is. */
function Fields({ action, title, schema }: { action: string; title: string; schema: Json | undefined }) {
  const properties = propertiesOf(schema);
  const required = new Set(listOf((schema as JsonObject | null | undefined)?.required));
  return (
    <section aria-label={`${action} ${title.toLowerCase()}`}>
      <h3>{title}</h3>
      {properties === undefined ? (
        <JsonTree value={schema ?? {}} label={title} searchable={false} compact />
      ) : properties.length === 0 ? (
        <p className="muted">No fields.</p>
      ) : (
        <dl className="action-fields">
          {properties.map(([key, field]) => (
            <div key={key}>
              <dt>
                <code>{key}</code>{" "}
                <span className="muted">
                  {typeText(field)}
                  {required.has(key) ? ", required" : ""}
                </span>
              </dt>
              <dd>{String(field.description ?? field.title ?? "")}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function propertiesOf(schema: Json | undefined): [string, JsonObject][] | undefined {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema)) return undefined;
  const { properties } = schema;
  if (properties === undefined) return schema.type === "object" ? [] : undefined;
  if (properties === null || typeof properties !== "object" || Array.isArray(properties)) return undefined;
  return Object.entries(properties).map(([k, v]) => [k, (v ?? {}) as JsonObject]);
}

function listOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function typeText(field: JsonObject): string {
  if (Array.isArray(field.enum)) return field.enum.map(String).join(" | ");
  return Array.isArray(field.type) ? field.type.join(" | ") : String(field.type ?? "anything");
}
