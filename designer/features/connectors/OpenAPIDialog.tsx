import { useMutation } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { connectors } from "@/api/client";
import type { Installed, OpenAPINote, OpenAPIOperation, Want } from "@/api/types";
import { EFFECT_TEXT } from "@/core/flow/catalog";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { SearchBox, TextField } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { Named } from "@/ui/Named";
import { byTag, found, type Planned } from "./document";

interface OpenAPIDialogProps {
  planned: Planned;
  onClose: () => void;
  onInstalled: (installed: Installed) => void;
}

/** Which operations of a document become actions, what they would ask for, and what is left out. */
export function OpenAPIDialog({ planned, onClose, onInstalled }: OpenAPIDialogProps) {
  const { plan, name, document } = planned;
  const [chosen, setChosen] = useState(() => new Set(plan.operations.map((o) => o.operation)));
  const [version, setVersion] = useState(plan.version);
  const install = useMutation({
    mutationFn: () =>
      connectors.installOpenAPI({
        name,
        document,
        version,
        operations: plan.operations.map((o) => o.operation).filter((o) => chosen.has(o)),
      }),
    onSuccess: onInstalled,
  });
  const choose = (operations: readonly OpenAPIOperation[], take: boolean) => {
    const next = new Set(chosen);
    for (const { operation } of operations) {
      if (take) next.add(operation);
      else next.delete(operation);
    }
    setChosen(next);
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`A connector of ${plan.name}`}
      description={plan.description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={install.isPending}
            disabled={chosen.size === 0}
            onClick={() => install.mutate()}
            data-testid="install-openapi"
          >
            Install {plural(chosen.size, "action")}
          </Button>
        </>
      }
    >
      <div className="openapi" data-testid="openapi">
        {install.isError && <ErrorView error={install.error} />}
        <Choice operations={plan.operations} chosen={chosen} onChoose={choose} />
        <Asks asked={plan.asked} />
        <Notes title={`${plural(plan.leftOut.length, "operation")} left out`} notes={plan.leftOut} />
        <Notes title={`${plural(plan.notes.length, "note")} on the document`} notes={plan.notes} />
        <TextField
          label="Version"
          hint={`Of the connector ${plan.id}. The same version can't be installed again with other operations.`}
          value={version}
          onChange={(e) => setVersion(e.target.value)}
        />
      </div>
    </Dialog>
  );
}

interface ChoiceProps {
  operations: readonly OpenAPIOperation[];
  chosen: ReadonlySet<string>;
  onChoose: (operations: readonly OpenAPIOperation[], take: boolean) => void;
}

/** The operations by their tags; all that a search finds are chosen, or not, at once. */
function Choice({ operations, chosen, onChoose }: ChoiceProps) {
  const [search, setSearch] = useState("");
  const shown = found(operations, useDeferredValue(search));
  const all = shown.length > 0 && shown.every((o) => chosen.has(o.operation));
  return (
    <section className="card openapi-choice" aria-label="Operations">
      <div className="openapi-head">
        <label className="row">
          <input
            type="checkbox"
            className="check"
            checked={all}
            disabled={shown.length === 0}
            onChange={(e) => onChoose(shown, e.target.checked)}
          />
          {search === "" ? "All" : `All ${shown.length} found`}
        </label>
        <SearchBox className="grow" label="Search operations" value={search} onChange={setSearch} />
        <span className="muted" role="status">
          {chosen.size} of {operations.length} chosen
        </span>
      </div>
      <div className="openapi-list">
        {shown.length === 0 && <p className="muted openapi-none">No operation has that in it.</p>}
        {byTag(shown).map(([tag, group]) => (
          <div key={tag}>
            {tag !== "" && (
              <h3>
                <Named text={tag} />
              </h3>
            )}
            {group.map((o) => (
              <Operation
                key={o.operation}
                operation={o}
                checked={chosen.has(o.operation)}
                onChange={(take) => onChoose([o], take)}
              />
            ))}
          </div>
        ))}
      </div>
    </section>
  );
}

interface OperationProps {
  operation: OpenAPIOperation;
  checked: boolean;
  onChange: (take: boolean) => void;
}

function Operation({ operation: o, checked, onChange }: OperationProps) {
  return (
    <label className="openapi-row action" title={o.description}>
      <input
        type="checkbox"
        className="check"
        checked={checked}
        onChange={(e) => onChange(e.target.checked)}
      />
      <span className="openapi-text">
        <span>
          <Named text={o.name} />
        </span>
        <code className="muted">{o.operation}</code>
      </span>
      <span className="effect" data-effect={o.effect}>
        {EFFECT_TEXT[o.effect]}
      </span>
    </label>
  );
}

function Asks({ asked }: { asked: readonly Want[] }) {
  if (asked.length === 0) return null;
  return (
    <section aria-labelledby="openapi-asks">
      <h3 id="openapi-asks">With all of them it will ask for your consent that it</h3>
      <ul className="openapi-lines">
        {asked.map((w) => (
          <li key={w.sentence}>{w.sentence}</li>
        ))}
      </ul>
    </section>
  );
}

/** What became of parts of the document, with their lines. */
function Notes({ title, notes }: { title: string; notes: readonly OpenAPINote[] }) {
  if (notes.length === 0) return null;
  return (
    <details>
      <summary>{title}</summary>
      <ul className="openapi-lines">
        {notes.map((n) => (
          <li key={`${n.line} ${n.operation} ${n.message}`}>
            {n.line !== undefined && <span className="muted">Line {n.line}: </span>}
            {n.operation !== undefined && <code>{n.operation} </code>}
            {n.message}
          </li>
        ))}
      </ul>
    </details>
  );
}
