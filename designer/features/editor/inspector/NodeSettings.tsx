import { setNode } from "@/core/commands/edit";
import type { NodeType } from "@/core/flow/catalog";
import type { FlowNode, Retry } from "@/core/flow/document";
import { Field, Switch, TextField } from "@/ui/Fields";
import { useSession } from "../useSession";

/** How a node behaves apart from its parameters: time, errors, joining, disabling. */
export function NodeSettings({ node, type }: { node: FlowNode; type: NodeType | undefined }) {
  const session = useSession();
  const set = <K extends keyof FlowNode>(key: K, value: FlowNode[K] | undefined, label: string) =>
    session.do(setNode(node.id, key, value, label));
  const trigger = type?.kind === "trigger";
  const container = type?.container === true;
  return (
    <div className="parameters">
      {!trigger && (
        <>
          <div className="two">
            <TextField
              label="Time-out"
              hint="Of one try, such as 30s."
              placeholder="None of its own"
              value={node.timeout ?? ""}
              readOnly={session.readOnly}
              onChange={(e) => set("timeout", e.target.value.trim() || undefined, "Change the time-out")}
            />
            <Field label="On error">
              {(id) => (
                <select
                  id={id}
                  className="select"
                  value={node.onError ?? "fail"}
                  disabled={session.readOnly}
                  onChange={(e) =>
                    set(
                      "onError",
                      e.target.value === "fail" ? undefined : e.target.value,
                      "Change what an error does",
                    )
                  }
                >
                  <option value="fail">Fail the run</option>
                  <option value="continue">Continue with no output</option>
                </select>
              )}
            </Field>
          </div>
          {!container && <RetryFields node={node} onChange={(r) => set("retry", r, "Change retries")} />}
          <Field label="Waits for" hint="When several wires lead here.">
            {(id, below) => (
              <select
                id={id}
                aria-describedby={below}
                className="select"
                value={node.join ?? "all"}
                disabled={session.readOnly}
                onChange={(e) =>
                  set(
                    "join",
                    e.target.value === "all" ? undefined : e.target.value,
                    "Change what it waits for",
                  )
                }
              >
                <option value="all">All of them that are taken</option>
                <option value="first">The first one</option>
              </select>
            )}
          </Field>
        </>
      )}
      <div className="row">
        <Switch
          checked={node.disabled === true}
          label="Disabled"
          disabled={session.readOnly}
          onChange={(on) => set("disabled", on || undefined, on ? "Disable" : "Enable")}
        />
        <span>Disabled: it is passed through, its output is null</span>
      </div>
    </div>
  );
}

function RetryFields({ node, onChange }: { node: FlowNode; onChange: (retry: Retry | undefined) => void }) {
  const { readOnly } = useSession();
  const retry = node.retry;
  return (
    <div className="two">
      <TextField
        label="Tries"
        hint="The first included."
        type="number"
        min={1}
        max={100}
        placeholder="1"
        value={retry?.attempts ?? ""}
        readOnly={readOnly}
        onChange={(e) => {
          const attempts = Number(e.target.value);
          onChange(e.target.value === "" || attempts < 1 ? undefined : { ...retry, attempts });
        }}
      />
      <TextField
        label="Pause between"
        hint="Grows with each try, such as 2s."
        value={retry?.backoff ?? ""}
        disabled={retry === undefined}
        readOnly={readOnly}
        onChange={(e) => {
          if (retry === undefined) return;
          const { backoff: _, ...rest } = retry;
          onChange(e.target.value.trim() === "" ? rest : { ...rest, backoff: e.target.value.trim() });
        }}
      />
    </div>
  );
}
