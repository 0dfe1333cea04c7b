import { PackageX } from "lucide-react";
import type { ImportChoice, ImportPlan, PlanItem } from "@/api/types";
import { Button } from "@/ui/Button";
import { Changes } from "@/ui/Changes";
import { Failure } from "@/ui/Feedback";
import { Segments } from "@/ui/Fields";
import { plural } from "@/ui/format";

const STATUS: Record<PlanItem["status"], { word: string; badge: string }> = {
  new: { word: "New", badge: "badge badge-accent" },
  same: { word: "Same", badge: "badge" },
  changed: { word: "Changed", badge: "badge badge-wait" },
  conflict: { word: "Conflict", badge: "badge badge-fail" },
};

const CHOICES: Record<ImportChoice, string> = {
  mine: "Keep mine",
  theirs: "Take theirs",
  copy: "Copy with a new id",
};

interface PlanViewProps {
  plan: ImportPlan;
  choices: Record<string, ImportChoice>;
  onChoose: (flowId: string, choice: ImportChoice) => void;
  onApply: () => void;
  busy: boolean;
}

/** What an import would do, flow by flow; every existing flow is kept unless said otherwise. */
export function PlanView({ plan, choices, onChoose, onApply, busy }: PlanViewProps) {
  const doing = plan.items.filter((i) => i.status !== "same" && choices[i.flowId] !== "mine").length;
  const problems = plan.problems ?? [];
  const errors = problems.filter((p) => p.severity !== "warning");
  const warnings = problems.filter((p) => p.severity === "warning");
  return (
    <div className="plan" data-testid="import-plan">
      {errors.length > 0 && (
        <Failure title={`${plural(errors.length, "problem")} in the files`} problems={errors} />
      )}
      {warnings.length > 0 && (
        <details className="card plan-warnings">
          <summary>{plural(warnings.length, "warning")}: these can be mended after the import</summary>
          <ul>
            {warnings.map((p, i) => (
              <li key={i}>
                <code className="muted">
                  {[p.file, p.line ? `${p.line}:${p.column ?? 1}` : ""].filter(Boolean).join(":")}
                </code>{" "}
                {p.message}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Missing plan={plan} />
      {plan.items.map((item) => (
        <Item
          key={`${item.file}:${item.flowId}`}
          item={item}
          choice={choices[item.flowId] ?? item.choice}
          onChoose={(c) => onChoose(item.flowId, c)}
        />
      ))}
      <div className="plan-foot">
        <p className="muted">
          {plan.applicable
            ? "All of it is applied, or nothing."
            : "This can't be applied as it is: mend what is named above."}
        </p>
        <span className="grow" />
        <Button
          look="primary"
          onClick={onApply}
          disabled={!plan.applicable || busy}
          data-testid="import-apply"
        >
          {busy ? "Applying…" : doing === 0 ? "Apply: nothing changes" : `Apply to ${plural(doing, "flow")}`}
        </Button>
      </div>
    </div>
  );
}

function Missing({ plan }: { plan: ImportPlan }) {
  const connectors = plan.missing?.connectors ?? [];
  const credentials = plan.missing?.credentials ?? [];
  if (connectors.length + credentials.length === 0) return null;
  return (
    <section className="card plan-missing" aria-label="What is missing here">
      <h3 className="row">
        <PackageX size={16} color="var(--wait)" aria-hidden /> Missing here
      </h3>
      <ul>
        {connectors.map((c) => (
          <li key={`${c.id}@${c.version}`}>
            Connector <code>{c.id}</code> {c.version}: install it, or the steps that use it fail. Needed by{" "}
            {c.flows.join(", ")}.
          </li>
        ))}
        {credentials.map((c) => (
          <li key={c.alias}>
            Credential <code>{c.alias}</code> of type <code>{c.type}</code>: choose one after the import.
            Needed by {c.flows.join(", ")}.
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ItemProps {
  item: PlanItem;
  choice: ImportChoice;
  onChoose: (choice: ImportChoice) => void;
}

function Item({ item, choice, onChoose }: ItemProps) {
  const status = STATUS[item.status];
  const changes = item.changes ?? [];
  return (
    <section
      className="card plan-item"
      aria-label={item.name}
      data-testid={`plan-${item.flowId}`}
      data-status={item.status}
    >
      <div className="plan-head">
        <span className={status.badge}>{status.word}</span>
        <h3 className="ellipsis">{item.name}</h3>
        <code className="muted ellipsis">{item.file}</code>
        <span className="grow" />
        {item.status !== "same" && item.status !== "new" && (
          <Segments
            label={`What to do with ${item.name}`}
            value={choice}
            options={item.choices.map((c) => ({ value: c, label: CHOICES[c] }))}
            onChange={onChoose}
          />
        )}
      </div>
      {item.status === "conflict" && (
        <p className="plan-note">
          It was edited here since the version that the file came from: taking theirs replaces those edits.
        </p>
      )}
      {item.status === "same" && <p className="muted">It is here already, unchanged.</p>}
      {(item.status === "changed" || item.status === "conflict") && (
        <Changes changes={changes} none="Only its text differs, not what it does." />
      )}
    </section>
  );
}
