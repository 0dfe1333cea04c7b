import type { WidgetProps } from "@rjsf/utils";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/ui/Button";
import { dateText } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { type CallableFlow, type ShippedFlow, useFormScope } from "./scope";

/**
 * Picks one of the published flows, and leads to it. An id that is none of them stays as it is, and is shown by
 * the name of its flow where that is known; one of the library's that is not here can be added.
 */
export function FlowWidget({ id, value, onChange, readonly, disabled, label }: WidgetProps) {
  const { flows = [], shipped = [], addShipped } = useFormScope();
  const live = flows.filter((f) => f.version > 0);
  const chosen = flows.find((f) => f.id === value);
  const missing = chosen === undefined ? shipped.find((f) => f.id === value) : undefined;
  const unlisted = typeof value === "string" && !live.some((f) => f.id === value);
  return (
    <>
      <select
        id={id}
        className="select"
        aria-label={plainly(label)}
        value={typeof value === "string" ? value : ""}
        disabled={readonly || disabled || false}
        onChange={(e) => onChange(e.target.value === "" ? undefined : e.target.value)}
      >
        <option value="">{live.length === 0 ? "No other flow is published" : "Choose a flow"}</option>
        {unlisted && value !== "" && (
          <option value={value}>
            {chosen !== undefined ? toldApart(chosen) : missing !== undefined ? notHere(missing) : value}
          </option>
        )}
        {live.map((f) => (
          <option key={f.id} value={f.id}>
            {flows.some((other) => other.id !== f.id && other.name === f.name)
              ? toldApart(f)
              : plainly(f.name)}
          </option>
        ))}
      </select>
      {chosen !== undefined && (
        <Link to="/flows/$id" params={{ id: chosen.id }} search={{}} className="flow-widget-open">
          Open the flow
          <span className="hidden-text"> {plainly(chosen.name)}</span>
        </Link>
      )}
      {missing !== undefined && addShipped !== undefined && !readonly && !disabled && (
        <AddShipped flow={missing} onAdd={addShipped} />
      )}
    </>
  );
}

/** Adds a flow of the library that is called and is not on this server. */
function AddShipped({ flow, onAdd }: { flow: ShippedFlow; onAdd: (flow: ShippedFlow) => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const add = () => {
    setBusy(true);
    void onAdd(flow).finally(() => setBusy(false));
  };
  return (
    <Button small busy={busy} onClick={add} className="flow-widget-open" data-testid="add-shipped">
      <Plus size={14} aria-hidden /> Add {plainly(flow.name)} to this server
    </Button>
  );
}

function notHere(f: ShippedFlow): string {
  return `${plainly(f.name)} (a template, not on this server)`;
}

/** A flow by more than a name that others have too. */
function toldApart(f: CallableFlow): string {
  const state = f.version > 0 ? `live v${f.version}` : "draft, not published";
  return `${plainly(f.name)} (${state}, changed ${dateText(f.updatedAt)})`;
}
