import { useCallback, useState } from "react";
import { setFlow } from "@/core/commands/edit";
import type { Schema } from "@/core/flow/catalog";
import type { FlowLimits, JsonObject } from "@/core/flow/document";
import { SchemaForm } from "@/schema-form/SchemaForm";
import { FormScopeContext } from "@/schema-form/scope";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Failure } from "@/ui/Feedback";
import { Field, TextField } from "@/ui/Fields";
import { ConnectorsField } from "./Connectors";
import { AliasesField } from "./Credentials";
import { useOutputScope } from "./formScope";
import { JsonField } from "./JsonField";
import { SaveStatus } from "./SaveStatus";
import { useFlow, useSession } from "./useSession";
import { VariablesField } from "./VariablesField";

interface FlowSettingsProps {
  open: boolean;
  onClose: () => void;
}

/** The output as a form has it: a template, or JSON with templates in it. */
const OUTPUT: Schema = {
  type: "object",
  properties: { output: { title: "Output", description: "What a finished run gives." } },
  additionalProperties: false,
};

/** What belongs to the flow as a whole: description, labels, input, variables, output. */
export function FlowSettings({ open, onClose }: FlowSettingsProps) {
  return open ? <OpenSettings onClose={onClose} /> : null;
}

function OpenSettings({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const flow = useFlow();
  const scope = useOutputScope();
  const variable = session.view((v) => v.variable);
  const { readOnly } = session;
  const [unread, setUnread] = useState<ReadonlySet<string>>(new Set());
  const [warned, setWarned] = useState(false);
  const mark = useCallback((label: string, wrong: boolean) => {
    setUnread((now) => {
      if (now.has(label) === wrong) return now;
      const next = new Set(now);
      if (wrong) next.add(label);
      else next.delete(label);
      return next;
    });
    if (!wrong) setWarned(false);
  }, []);
  const labels = (text: string) => {
    const list = text
      .split(",")
      .map((l) => l.trim())
      .filter(Boolean);
    session.do(setFlow("labels", list.length > 0 ? list : undefined, "Change labels"));
  };
  // What could not be read is nowhere but here: it goes only by the button that says so.
  const leave = () => (unread.size > 0 ? setWarned(true) : onClose());
  return (
    <Dialog
      open
      onClose={leave}
      title="Settings of the flow"
      wide
      footer={
        <>
          <span className="settings-saved">
            <SaveStatus />
          </span>
          {warned && (
            <Button look="danger" onClick={onClose}>
              Discard what can't be read
            </Button>
          )}
          <Button look="primary" onClick={leave}>
            Done
          </Button>
        </>
      }
    >
      {warned && (
        <Failure title={`${[...unread].join(" and ")} can't be read yet, so that text was not saved`} />
      )}
      <Field label="Description">
        {(id) => (
          <textarea
            id={id}
            className="textarea"
            rows={2}
            readOnly={readOnly}
            value={flow.description ?? ""}
            onChange={(e) =>
              session.do(setFlow("description", e.target.value || undefined, "Change the description"))
            }
          />
        )}
      </Field>
      <TextField
        label="Labels"
        hint="Separated by commas."
        readOnly={readOnly}
        defaultValue={(flow.labels ?? []).join(", ")}
        onBlur={(e) => labels(e.target.value)}
      />
      <VariablesField focus={variable} onWrong={mark} />
      <FormScopeContext.Provider value={scope}>
        <SchemaForm
          schema={OUTPUT}
          value={flow.output === undefined ? NO_OUTPUT : { output: flow.output }}
          readOnly={readOnly}
          onChange={(v) => session.do(setFlow("output", v.output, "Change the output"))}
        />
      </FormScopeContext.Provider>
      <SavedField />
      <LimitsField />
      <ConnectorsField />
      <AliasesField />
      <JsonField
        label="Input"
        hint="A JSON Schema of what a run is started with."
        value={flow.input}
        readOnly={readOnly}
        onWrong={mark}
        onChange={(v) => session.do(setFlow("input", v, "Change the input schema"))}
      />
    </Dialog>
  );
}

const LIMITS: Schema = {
  type: "object",
  properties: {
    concurrency: {
      type: "integer",
      title: "Runs at once",
      description: "Others wait in a queue; runs that wait for a time or for people don't count.",
      minimum: 1,
      maximum: 1000,
    },
    queue: {
      type: "integer",
      title: "Longest queue",
      description: "More runs are refused.",
      minimum: 1,
      maximum: 1_000_000,
    },
    timeout: {
      type: "string",
      title: "Longest run",
      description: "All waiting included: such as 2h or 14d. A run that takes longer fails.",
    },
    keep: {
      type: "string",
      title: "Keep ended runs for",
      description: "Such as 90d; left empty, as long as the server's settings say.",
    },
  },
  additionalProperties: false,
};

/** The work that one run saves. */
function SavedField() {
  const session = useSession();
  const { minutesSaved } = useFlow();
  return (
    <TextField
      label="Minutes that one run saves"
      hint="What people would take without it. The dashboard adds up the live runs that succeed."
      type="number"
      min={1}
      max={10_080}
      readOnly={session.readOnly}
      defaultValue={minutesSaved ?? ""}
      onBlur={(e) =>
        session.do(
          setFlow("minutesSaved", Math.trunc(Number(e.target.value)) || undefined, "Change what a run saves"),
        )
      }
    />
  );
}

/** How many runs there may be at once, how long each may take, and how long they are kept. */
function LimitsField() {
  const session = useSession();
  const flow = useFlow();
  return (
    <fieldset className="fieldset" data-testid="limits">
      <legend className="field-label">Limits of its runs</legend>
      <SchemaForm
        schema={LIMITS}
        value={(flow.limits ?? NO_LIMITS) as JsonObject}
        readOnly={session.readOnly}
        onChange={(v) =>
          session.do(
            setFlow("limits", Object.keys(v).length > 0 ? (v as FlowLimits) : undefined, "Change the limits"),
          )
        }
      />
    </fieldset>
  );
}

const NO_LIMITS: JsonObject = {};
const NO_OUTPUT: JsonObject = {};
