import { ArrowUp, TriangleAlert, X } from "lucide-react";
import { pinConnector } from "@/core/commands/edit";
import type { FlowNode } from "@/core/flow/document";
import { Button, IconButton } from "@/ui/Button";
import { plural } from "@/ui/format";
import { useCatalog, useFlow, useSession } from "./useSession";

const belongs = (node: FlowNode, connector: string) => node.type.startsWith(`${connector}.`);

/** The connectors of a flow, each with the version that its nodes run and a picker of those that may. */
export function ConnectorsField() {
  const flow = useFlow();
  const catalog = useCatalog();
  const pinned = Object.keys(flow.connectors ?? {});
  const used = flow.nodes
    .map((n) => n.type.split(".")[0] ?? "")
    .filter((c) => catalog.versions(c).length > 0);
  const all = [...new Set([...pinned, ...used])].sort();
  if (all.length === 0) return null;
  return (
    <fieldset className="aliases" data-testid="pins">
      <legend className="field-label">Connectors</legend>
      <p className="field-hint">
        The flow goes on with these versions when newer ones are installed. A version that is chosen here runs
        once the flow is published; Problems tells what does not fit it.
      </p>
      {all.map((connector) => (
        <Pin key={connector} connector={connector} />
      ))}
    </fieldset>
  );
}

function Pin({ connector }: { connector: string }) {
  const session = useSession();
  const flow = useFlow();
  const catalog = useCatalog();
  const pin = flow.connectors?.[connector];
  const users = flow.nodes.filter((n) => belongs(n, connector)).length;
  const installed = catalog.versions(connector);
  const offered = installed.filter((v) => v.consented || v.version === pin);
  const newer = catalog.newer(connector);
  const waiting = installed[0];
  return (
    <div className="alias" data-testid={`pin-${connector}`}>
      <code>{connector}</code>
      <span className="muted">{plural(users, "node")}</span>
      {pin !== undefined && installed.length > 0 && !installed.some((v) => v.version === pin) && (
        <span className="alias-unbound">
          <TriangleAlert size={14} aria-hidden /> {pin} is not installed
        </span>
      )}
      {newer !== undefined && <span className="muted">installed newer: {newer}</span>}
      {newer === undefined &&
        pin !== undefined &&
        waiting?.consented === false &&
        waiting.version !== pin && <span className="muted">{waiting.version} waits for consent</span>}
      {installed.length === 0 ? (
        <span className="alias-unbound">
          <TriangleAlert size={14} aria-hidden /> {pin} is not installed
        </span>
      ) : (
        <select
          className="select alias-binding"
          aria-label={`Version of ${connector}`}
          value={pin ?? ""}
          disabled={session.readOnly}
          onChange={(e) => session.do(pinConnector(connector, e.target.value))}
        >
          {pin === undefined && <option value="">The newest, not pinned</option>}
          {pin !== undefined && !offered.some((v) => v.version === pin) && <option value={pin}>{pin}</option>}
          {offered.map((v) => (
            <option key={v.version} value={v.version}>
              {v.version}
              {v.consented ? "" : " (no consent)"}
            </option>
          ))}
        </select>
      )}
      {users === 0 && pin !== undefined && !session.readOnly && (
        <IconButton
          label={`Remove ${connector}, which no node uses`}
          onClick={() => session.do(pinConnector(connector, undefined))}
        >
          <X size={14} aria-hidden />
        </IconButton>
      )}
    </div>
  );
}

/** Which version of its connector a node runs, and the way to a newer one that may run. */
export function NodeVersion({ node }: { node: FlowNode }) {
  const session = useSession();
  const catalog = useCatalog();
  const flow = useFlow();
  const connector = node.type.split(".")[0] ?? "";
  if (catalog.versions(connector).length === 0) return null;
  const pin = flow.connectors?.[connector];
  const newer = catalog.newer(connector);
  const users = flow.nodes.filter((n) => belongs(n, connector)).length;
  return (
    <span className="row" data-testid="node-version">
      <span
        title={
          pin === undefined ? "Not pinned: the newest version" : "The version that the flow is pinned to"
        }
      >
        {pin ?? `${catalog.version(connector)}, the newest`}
      </span>
      {newer !== undefined && !session.readOnly && (
        <Button
          small
          data-testid="move-version"
          title={`Moves ${users === 1 ? "this node" : `all ${users} nodes`} of ${connector} in this flow; it can be undone`}
          onClick={() => session.do(pinConnector(connector, newer))}
        >
          <ArrowUp size={13} aria-hidden /> Move to {newer}
        </Button>
      )}
    </span>
  );
}
