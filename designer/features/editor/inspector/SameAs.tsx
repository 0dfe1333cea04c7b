import { setWith } from "@/core/commands/edit";
import { scopeOf, unreadable } from "@/core/expr/scope";
import type { FlowNode } from "@/core/flow/document";
import { stepsReadBy } from "@/core/flow/references";
import { focusSoon } from "../keys";
import { useFlow, useSession } from "../useSession";

/** How many nodes are offered: the newest are the likeliest. */
const MOST = 3;

/** While nothing is set yet: what another node of the type has, where all that it reads can be read here. */
export function SameAs({ node }: { node: FlowNode }) {
  const session = useSession();
  const flow = useFlow();
  if (session.readOnly || Object.keys(node.with ?? {}).length > 0) return null;
  const scope = scopeOf(flow, session.catalog, node, "");
  const alike = flow.nodes
    .filter((n) => n.id !== node.id && n.type === node.type && Object.keys(n.with ?? {}).length > 0)
    .filter((n) => stepsReadBy(n.with ?? {}).every((id) => unreadable(scope, id) === undefined))
    .slice(-MOST)
    .reverse();
  if (alike.length === 0) return null;
  const copy = (from: FlowNode) => {
    session.do(setWith(node.id, structuredClone(from.with ?? {}), "same"));
    // Texts are what differs between two that are alike; what is computed is the same.
    focusSoon(() => document.querySelector<HTMLElement>(".pane-parameters .keys-row textarea"));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out in a row
    <div className="same-as" role="group" aria-label="Begin with what another node has">
      {alike.map((n) => (
        <button
          key={n.id}
          type="button"
          className="chip chip-button"
          data-testid={`same-as-${n.id}`}
          onClick={() => copy(n)}
        >
          Same as {n.name ?? n.id}
        </button>
      ))}
    </div>
  );
}
