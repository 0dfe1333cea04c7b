import "./running.css";
import { PenLine, Pin as PinIcon, PinOff } from "lucide-react";
import type { NodeStep } from "@/canvas/StepData";
import type { FlowNode } from "@/core/flow/document";
import { Button } from "@/ui/Button";
import { dateText } from "@/ui/format";
import { useHeir } from "@/ui/heir";
import { JsonTree } from "@/ui/JsonTree";
import { toast } from "@/ui/Toasts";
import { useCatalog, useSession } from "../useSession";
import { givenBy, pinPorts, usePinning, usePins } from "./pins";

interface PinPaneProps {
  node: FlowNode;
  data: NodeStep;
}

/** What is pinned at a node, above what it gave; and how to pin that. */
export function PinPane({ node, data }: PinPaneProps) {
  const session = useSession();
  const catalog = useCatalog();
  const pin = usePins().get(node.id);
  const { save, remove } = usePinning();
  const ports = pinPorts(catalog, node);
  // Each of its buttons makes way for others.
  const stand = useHeir(pin === undefined);
  const edit = () => session.view.setState({ pinning: node.id });
  if (pin !== undefined)
    return (
      <div className="pin-note" data-testid="pin-note" ref={stand}>
        <p className="row">
          <PinIcon size={14} aria-hidden />
          <strong className="grow">Pinned{pin.port ? ` · ${pin.port}` : ""}</strong>
          <Button small onClick={edit} data-testid="edit-pin">
            <PenLine size={13} aria-hidden /> {session.readOnly ? "Show" : "Edit pinned data"}
          </Button>
          {!session.readOnly && (
            <Button small busy={remove.isPending} onClick={() => remove.mutate(pin)} data-testid="unpin">
              <PinOff size={13} aria-hidden /> Unpin
            </Button>
          )}
        </p>
        <p className="muted" title={dateText(pin.updatedAt)}>
          Runs started here take it and do not run the step. By {pin.updatedBy}.
        </p>
        {data.step === undefined && <JsonTree value={pin.output} label="Pinned output" searchable={false} />}
      </div>
    );
  if (session.readOnly || ports.length === 0) return null;
  // What is too large to be shown is too large for a pin.
  const whole = data.step?.state === "succeeded" && !data.detail?.outputCut;
  const output = whole ? data.detail?.output : undefined;
  const keep = () =>
    output !== undefined &&
    save.mutate(
      { node: node.id, given: givenBy(output, data.step?.port) },
      { onError: (e) => toast("fail", e.message) },
    );
  return (
    <p className="row pin-offer" ref={stand}>
      {output !== undefined && (
        <Button small busy={save.isPending} onClick={keep} data-testid="pin-output">
          <PinIcon size={13} aria-hidden /> Pin this output
        </Button>
      )}
      <Button small look="quiet" onClick={edit} data-testid="pin-data">
        Pin data…
      </Button>
    </p>
  );
}
