import { Pin as PinIcon } from "lucide-react";
import { useState } from "react";
import type { Pin } from "@/api/types";
import { type FlowNode, type Json, nodeById, PORT_OUT } from "@/core/flow/document";
import { CodeField } from "@/schema-form/CodeField";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { useCatalog, useFlow, useSession } from "../useSession";
import { givenBy, pinPorts, usePinning, usePins } from "./pins";

/** Where the output that a node gives beforehand is written. */
export function PinDialog() {
  const session = useSession();
  const id = session.view((s) => s.pinning);
  const node = nodeById(useFlow(), id ?? "");
  const pins = usePins();
  if (node === undefined) return null;
  return <OpenPinDialog key={node.id} node={node} pin={pins.get(node.id)} />;
}

function OpenPinDialog({ node, pin }: { node: FlowNode; pin: Pin | undefined }) {
  const session = useSession();
  const ports = pinPorts(useCatalog(), node);
  const [text, setText] = useState(() => JSON.stringify(pin?.output ?? {}, null, 2));
  const [port, setPort] = useState(pin?.port || (ports.includes(PORT_OUT) ? PORT_OUT : (ports[0] ?? "")));
  const { save } = usePinning();
  const parsed = parse(text);
  const close = () => session.view.setState({ pinning: undefined });
  const keep = () => {
    if (!parsed.ok || session.readOnly) return;
    save.mutate({ node: node.id, given: givenBy(parsed.value, port) }, { onSuccess: close });
  };
  return (
    <Dialog
      open
      wide
      onClose={close}
      title={`Pinned output of ${node.name || node.id}`}
      description="Runs of the draft that you start here give this instead of running the step. It stays on this server with the draft, and is in no file or export. Put no secret into it: what a run shows has them masked."
      footer={
        <>
          <Button onClick={close}>{session.readOnly ? "Close" : "Cancel"}</Button>
          {!session.readOnly && (
            <Button
              look="primary"
              busy={save.isPending}
              disabled={!parsed.ok}
              onClick={keep}
              data-testid="save-pin"
            >
              <PinIcon size={15} aria-hidden /> Pin
            </Button>
          )}
        </>
      }
    >
      {save.isError && <ErrorView error={save.error} />}
      {ports.length > 1 && (
        <Field label="Way out" hint="Which of its wires the run goes on by.">
          {(id, below) => (
            <select
              id={id}
              aria-describedby={below}
              className="select"
              data-testid="pin-port"
              value={port}
              disabled={session.readOnly}
              onChange={(e) => setPort(e.target.value)}
            >
              {ports.map((p) => (
                <option key={p} value={p}>
                  {p}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <div className="field" data-testid="pin-json">
        <CodeField
          language="json"
          label="Output as JSON"
          value={text}
          onChange={setText}
          invalid={!parsed.ok}
          readOnly={session.readOnly}
          autoFocus
          onDone={keep}
        />
        {!parsed.ok && <p className="field-error">{parsed.error}</p>}
      </div>
    </Dialog>
  );
}

function parse(text: string): { ok: true; value: Json } | { ok: false; error: string } {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    return { ok: false, error: `Not JSON: ${(error as Error).message}` };
  }
}
