import { ChevronRight, CornerLeftUp } from "lucide-react";
import { type Flow, nodeById } from "@/core/flow/document";
import { containersAround } from "@/core/flow/shown";
import { IconButton } from "@/ui/Button";
import { Named } from "@/ui/Named";
import type { Folding } from "./folding";

/** Where one is when only the inside of a container is seen, and the way back. */
export function InsideCrumbs({ flow, folding }: { flow: Flow; folding: Folding }) {
  const { inside } = folding.shown;
  if (inside === undefined) return null;
  const path = [...containersAround(flow, inside.id).reverse(), inside.id];
  const name = (id: string) => nodeById(flow, id)?.name || id;
  return (
    <nav className="inside-crumbs" aria-label="Place in the flow" data-testid="inside-crumbs">
      <IconButton label="Back (Esc)" onClick={() => folding.enter(inside.parent)}>
        <CornerLeftUp size={15} aria-hidden />
      </IconButton>
      <ol>
        <li>
          <button type="button" className="crumb ellipsis" onClick={() => folding.enter(undefined)}>
            <Named text={flow.name || "The flow"} />
          </button>
        </li>
        {path.map((id) => (
          <li key={id}>
            <ChevronRight size={13} aria-hidden />
            {id === inside.id ? (
              <span className="crumb crumb-here ellipsis" aria-current="location">
                {name(id)}
              </span>
            ) : (
              <button type="button" className="crumb ellipsis" onClick={() => folding.enter(id)}>
                {name(id)}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
