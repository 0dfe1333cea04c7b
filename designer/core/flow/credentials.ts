import type { Flow, FlowNode, Problem } from "./document";

/** The connector that a node's type belongs to: email of email.parse. */
function connectorOf(type: string): string {
  return type.slice(0, type.indexOf("."));
}

/** What triggers take; no other trigger takes a credential. */
const OF_TRIGGERS: Readonly<Record<string, readonly string[]>> = {
  "trigger.webhook": ["trigger.signing", "trigger.bearer", "trigger.basic"],
  "trigger.mailbox": ["trigger.imap"],
};

/** Whether a node can use credentials of a type: those that its connector declares, or that are for its trigger. */
export function takesCredential(node: FlowNode, type: string): boolean {
  if (connectorOf(node.type) === "trigger") return OF_TRIGGERS[node.type]?.includes(type) === true;
  return connectorOf(type) === connectorOf(node.type);
}

/** The aliases of a flow that a node can use. */
export function aliasesFor(flow: Flow, node: FlowNode): string[] {
  return Object.entries(flow.credentials ?? {}).flatMap(([alias, { type }]) =>
    takesCredential(node, type) ? alias : [],
  );
}

/** Nodes whose credential means nothing on this server yet; the server refuses to publish such a flow. */
export function unboundProblems(flow: Flow, bindings: Readonly<Record<string, string>>): Problem[] {
  return flow.nodes.flatMap((node, i): Problem[] => {
    const alias = node.credential;
    if (!alias || node.disabled || flow.credentials?.[alias] === undefined || alias in bindings) return [];
    return [
      {
        code: "credential.unbound",
        severity: "warning",
        pointer: `/nodes/${i}/credential`,
        node: node.id,
        message: `the credential "${alias}" means none on this server, so the flow can't be published here`,
        fix: "an admin binds it at the node or in the settings of the flow",
      },
    ];
  });
}

/** A new alias for a type: http for http.bearer, with a number where that is taken. */
export function freshAlias(flow: Flow, type: string): string {
  const connector = connectorOf(type);
  // Those of triggers are told apart by what they are: signing, imap.
  const base =
    (connector === "trigger" ? type.slice(8) : connector).replace(/[^a-z0-9_]/g, "_") || "credential";
  const taken = flow.credentials ?? {};
  if (!(base in taken)) return base;
  for (let n = 2; ; n++) if (!(`${base}_${n}` in taken)) return `${base}_${n}`;
}

/** The nodes that name an alias. */
export function usersOf(flow: Flow, alias: string): FlowNode[] {
  return flow.nodes.filter((n) => n.credential === alias);
}
