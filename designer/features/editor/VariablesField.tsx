import { useMemo, useState } from "react";
import { setFlow } from "@/core/commands/edit";
import type { JsonObject } from "@/core/flow/document";
import { SchemaForm } from "@/schema-form/SchemaForm";
import { BARE_SCOPE, type FormScope, FormScopeContext } from "@/schema-form/scope";
import { Segments } from "@/ui/Fields";
import { JsonField } from "./JsonField";
import { useFlow, useSession } from "./useSession";
import { fieldsOf } from "./variables";

const HOW = [
  { value: "fields", label: "Fields" },
  { value: "json", label: "JSON" },
] as const;

interface VariablesFieldProps {
  /** The variable whose field takes the focus. */
  focus: string | undefined;
  /** Says whether the text can be read at present. */
  onWrong: (label: string, wrong: boolean) => void;
}

/** The variables of a flow: a field for each, or all of them as JSON, where they are added and renamed. */
export function VariablesField({ focus, onWrong }: VariablesFieldProps) {
  const session = useSession();
  const { readOnly } = session;
  const flow = useFlow();
  const vars = flow.vars ?? NONE;
  const [how, setHow] = useState<"fields" | "json">(() => (Object.keys(vars).length > 0 ? "fields" : "json"));
  const [wrong, setWrong] = useState(false);
  // A field that was emptied stays: they are made when they are opened, and not of what is typed since.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const { schema, others } = useMemo(() => fieldsOf(flow), [how]);
  const scope = useMemo<FormScope>(
    () => ({ ...BARE_SCOPE, plain: true, readOnly, focus: focus === undefined ? undefined : `/${focus}` }),
    [readOnly, focus],
  );
  const change = (next: JsonObject | undefined) => session.do(setFlow("vars", next, "Change variables"));
  const rest = Object.fromEntries(Object.entries(vars).filter(([name]) => others.includes(name)));
  const shown = Object.fromEntries(Object.entries(vars).filter(([name]) => !others.includes(name)));
  return (
    <fieldset className="fieldset" data-testid="variables">
      <legend className="field-label">Variables</legend>
      <div className="row variables-head">
        <p className="muted grow">What an organisation makes its own. Expressions read them as vars.</p>
        {(how === "json" || Object.keys(vars).length > 0) && (
          <Segments
            label="How to change variables"
            value={how}
            options={HOW}
            // What can't be read is nowhere but in its text.
            onChange={(next) => wrong || setHow(next)}
          />
        )}
      </div>
      {how === "fields" ? (
        <FormScopeContext.Provider value={scope}>
          <SchemaForm
            idPrefix="vars"
            schema={schema}
            value={shown}
            readOnly={readOnly}
            onChange={(v) => change({ ...v, ...rest })}
          />
          {others.length > 0 && (
            <p className="muted">Only as JSON: {others.map((name) => `vars.${name}`).join(", ")}.</p>
          )}
        </FormScopeContext.Provider>
      ) : (
        <JsonField
          label="Variables"
          hint="An object: a name for each value."
          value={flow.vars}
          readOnly={readOnly}
          onWrong={(label, now) => {
            setWrong(now);
            onWrong(label, now);
          }}
          onChange={(v) => change(v as JsonObject | undefined)}
        />
      )}
    </fieldset>
  );
}

const NONE: JsonObject = {};
