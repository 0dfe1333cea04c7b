import type { WidgetProps } from "@rjsf/utils";
import { Link } from "@tanstack/react-router";
import { dateText } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { type CallableFlow, useFormScope } from "./scope";

/** Picks one of the published flows, and leads to it; an id that is none of them stays as it is. */
export function FlowWidget({ id, value, onChange, readonly, disabled, label }: WidgetProps) {
  const { flows = [] } = useFormScope();
  const live = flows.filter((f) => f.version > 0);
  const chosen = flows.find((f) => f.id === value);
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
          <option value={value}>{chosen === undefined ? value : toldApart(chosen)}</option>
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
    </>
  );
}

/** A flow by more than a name that others have too. */
function toldApart(f: CallableFlow): string {
  const state = f.version > 0 ? `live v${f.version}` : "draft, not published";
  return `${plainly(f.name)} (${state}, changed ${dateText(f.updatedAt)})`;
}
