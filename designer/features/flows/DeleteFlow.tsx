import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { catalogQuery } from "@/api/catalogQuery";
import { flows } from "@/api/client";
import { deletionQuery } from "@/api/queries";
import type { Deletion, FlowRow } from "@/api/types";
import { ConfirmName } from "@/ui/ConfirmName";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plural } from "@/ui/format";
import { Named, plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";

interface DeleteFlowProps {
  flow: FlowRow;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before a flow is deleted, and tells what goes with it and what stays. */
export function DeleteFlow({ flow, onClose, onDeleted }: DeleteFlowProps) {
  const queries = useQueryClient();
  const remove = async () => {
    await flows.remove(flow.id);
    onDeleted();
    await queries.invalidateQueries({ queryKey: ["flows"] });
    toast("ok", `Deleted ${flow.name}.`);
  };
  return (
    <ConfirmName
      open
      onClose={onClose}
      title={`Delete “${plainly(flow.name)}”?`}
      text={<Consequences flow={flow} />}
      name={flow.name}
      action="Delete the flow"
      onConfirm={remove}
    />
  );
}

function Consequences({ flow }: { flow: FlowRow }) {
  const read = useQuery(deletionQuery(flow.id));
  const catalog = useQuery(catalogQuery);
  const names = (types: readonly string[]) =>
    types.map((type) => catalog.data?.get(type)?.name ?? type.replace("trigger.", "")).join(", ");
  return (
    <>
      <p>Its draft and its versions go. This can’t be undone.</p>
      {read.isPending && <SkeletonRows rows={2} height={32} />}
      {read.error && <ErrorView error={read.error} />}
      {read.data && <Counts told={read.data} flow={flow.id} names={names} />}
    </>
  );
}

interface CountsProps {
  told: Deletion;
  flow: string;
  names: (types: readonly string[]) => string;
}

function Counts({ told, flow, names }: CountsProps) {
  const { runs, active, hooks } = told;
  const triggers = told.triggers ?? [];
  const callers = told.callers ?? [];
  return (
    <ul className="consequences" data-testid="consequences">
      <li>
        {runs === 0 ? (
          "It has no runs."
        ) : (
          <>
            <Link to="/runs" search={{ flow }}>
              {plural(runs, "run")}
            </Link>{" "}
            {runs === 1 ? "stays" : "stay"} readable.
          </>
        )}
      </li>
      {active > 0 && (
        <li>
          <strong>{plural(active, "run")}</strong> {active === 1 ? "is" : "are"} at work and{" "}
          {active === 1 ? "goes" : "go"} on; what {active === 1 ? "it asks" : "they ask"} people can still be
          answered.
        </li>
      )}
      {hooks > 0 && (
        <li>
          <strong>{plural(hooks, "hook address", "hook addresses")}</strong> in use{" "}
          {hooks === 1 ? "stops" : "stop"} answering.
        </li>
      )}
      {triggers.length > 0 && (
        <li>
          <strong>{plural(triggers.length, "trigger")}</strong> in use ({names(triggers)}){" "}
          {triggers.length === 1 ? "ends" : "end"}.
        </li>
      )}
      {callers.length > 0 && (
        <li className="consequence-bad">
          <strong>{plural(callers.length, "flow")}</strong> {callers.length === 1 ? "calls" : "call"} it or
          may, and {callers.length === 1 ? "that call" : "those calls"} will fail:{" "}
          {callers.map((c, i) => (
            <span key={c.id}>
              {i > 0 && ", "}
              <Link to="/flows/$id" params={{ id: c.id }} search={{}}>
                <Named text={c.name} />
              </Link>
              {!c.live && " (its draft)"}
            </span>
          ))}
          .
        </li>
      )}
    </ul>
  );
}
