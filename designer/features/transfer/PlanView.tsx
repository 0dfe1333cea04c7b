import { Link } from "@tanstack/react-router";
import { Plug } from "lucide-react";
import type { ReactNode } from "react";
import { usePermissions } from "@/api/permissions";
import type { ImportChoice, ImportPlan, PlanItem } from "@/api/types";
import { Changes, changesText } from "@/ui/Changes";
import { Segments } from "@/ui/Fields";
import { Named, plainly } from "@/ui/Named";
import { type Choices, choiceText, STATUS_TEXT } from "./plan";

/** Above this many differences they are folded, so that a plan of many flows stays readable. */
const FOLD_ABOVE = 12;

interface PlanViewProps {
  plan: ImportPlan;
  choices: Choices;
  onChoose: (flowId: string, choice: ImportChoice) => void;
}

/** What an import would do, flow by flow, before anything is done. */
export function PlanView({ plan, choices, onChoose }: PlanViewProps) {
  return (
    <div className="plan" data-testid="import-plan">
      <Missing plan={plan} />
      {plan.items.map((item) => (
        <Item
          key={`${item.file} ${item.flowId}`}
          item={item}
          choice={choices[item.flowId] ?? item.choice}
          onChoose={(choice) => onChoose(item.flowId, choice)}
        />
      ))}
    </div>
  );
}

function Missing({ plan }: { plan: ImportPlan }) {
  const { can } = usePermissions();
  const connectors = plan.missing?.connectors ?? [];
  const credentials = plan.missing?.credentials ?? [];
  if (connectors.length + credentials.length === 0) return null;
  const names = new Map(plan.items.map((i) => [i.flowId, i.name]));
  const users = (flows: string[]) => flows.map((f) => names.get(f) ?? f).join(", ");
  return (
    <section className="card" aria-labelledby="missing-title">
      <div className="card-head">
        <Plug size={16} aria-hidden className="muted" />
        <div className="grow">
          <h2 id="missing-title">Missing here</h2>
          <p className="muted">The flows that use these run only once they are there.</p>
        </div>
      </div>
      <ul className="card-body plan-missing" data-testid="missing">
        {connectors.map((c) => (
          <MissingRow
            key={`${c.id}@${c.version}`}
            kind="Connector"
            users={users(c.flows)}
            way={can("connector.manage") && <Link to="/connectors">Install it</Link>}
          >
            <code>
              {c.id} {c.version}
            </code>
          </MissingRow>
        ))}
        {credentials.map((c) => (
          <MissingRow
            key={`${c.alias}:${c.type}`}
            kind="Credential"
            users={users(c.flows)}
            way={
              can("credential.manage") && (
                <Link to="/settings/credentials" search={{ type: c.type }}>
                  Keep one
                </Link>
              )
            }
          >
            <code>{c.alias}</code> of type <code>{c.type}</code>
          </MissingRow>
        ))}
      </ul>
    </section>
  );
}

interface MissingRowProps {
  kind: string;
  users: string;
  /** Where it is made good, for those who may. */
  way: ReactNode;
  children: ReactNode;
}

function MissingRow({ kind, users, way, children }: MissingRowProps) {
  return (
    <li>
      <span className="badge">{kind}</span>
      <span>
        {children} <span className="muted">for {users}</span> {way}
      </span>
    </li>
  );
}

interface ItemProps {
  item: PlanItem;
  choice: ImportChoice;
  onChoose: (choice: ImportChoice) => void;
}

function Item({ item, choice, onChoose }: ItemProps) {
  const status = STATUS_TEXT[item.status];
  const changes = item.changes ?? [];
  return (
    <section
      className="card"
      aria-label={plainly(item.name)}
      data-testid={`plan-${item.flowId}`}
      data-status={item.status}
    >
      <div className="plan-item-head">
        <span className={`badge plan-status ${status.look}`}>{status.word}</span>
        <div className="plan-item-name">
          <h3>
            <Named text={item.name} />
          </h3>
          <p className="muted">{[item.file, localText(item), status.text].filter(Boolean).join(" · ")}</p>
        </div>
        {item.choices.length > 1 && (
          <Segments
            label={plainly(`What to do with ${item.name}`)}
            value={choice}
            options={item.choices.map((c) => ({ value: c, label: choiceText(c, item.status) }))}
            onChange={onChoose}
          />
        )}
      </div>
      {changes.length > 0 && (
        <details className="plan-changes" open={changes.length <= FOLD_ABOVE}>
          <summary>{changesText(changes)}</summary>
          <Changes changes={changes} none="" before="Here now" after="In the file" />
        </details>
      )}
    </section>
  );
}

function localText({ local }: PlanItem): string {
  if (!local) return "";
  return `here: rev ${local.revision}${local.version > 0 ? `, live v${local.version}` : ""}`;
}
