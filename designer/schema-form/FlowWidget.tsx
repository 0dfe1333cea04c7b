import type { WidgetProps } from "@rjsf/utils";
import { plainly } from "@/ui/Named";
import { useFormScope } from "./scope";

/** Picks one of the flows that can be called; an id that is none of them stays as it is. */
export function FlowWidget({ id, value, onChange, readonly, disabled, label }: WidgetProps) {
  const { flows = [] } = useFormScope();
  const known = typeof value !== "string" || flows.some((f) => f.id === value);
  return (
    <select
      id={id}
      className="select"
      aria-label={plainly(label)}
      value={typeof value === "string" ? value : ""}
      disabled={readonly || disabled || false}
      onChange={(e) => onChange(e.target.value === "" ? undefined : e.target.value)}
    >
      <option value="">{flows.length === 0 ? "No other flow is published" : "Choose a flow"}</option>
      {!known && <option value={value}>{value}</option>}
      {flows.map((f) => (
        <option key={f.id} value={f.id}>
          {plainly(f.name)}
        </option>
      ))}
    </select>
  );
}
