import { movable, withInside } from "@/core/commands/containers";
import type { Catalog } from "@/core/flow/catalog";
import type { Flow, Point } from "@/core/flow/document";
import { isOpen, nodeById } from "@/core/flow/document";
import type { Shown } from "@/core/flow/shown";
import { absolutePosition, containerAt, nodeSize } from "@/core/layout/geometry";

/** The places of nodes after a drag; children that move with their container keep theirs. */
export function movesOf(flow: Flow, moves: ReadonlyMap<string, Point>): Map<string, Point> {
  const kept = new Map<string, Point>();
  for (const [id, at] of moves) {
    const parent = nodeById(flow, id)?.parent;
    if (parent === undefined || !moves.has(parent)) kept.set(id, at);
  }
  return kept;
}

/** The container under nodes that were let go, and which of them change theirs by it. */
export function containerAtDrop(
  flow: Flow,
  shown: Shown,
  catalog: Catalog,
  ids: readonly string[],
): { into: string | undefined; moved: string[] } {
  const dragged = withInside(flow, ids);
  const lead = ids.map((id) => nodeById(shown.flow, id)).find((n) => n !== undefined);
  if (lead === undefined) return { into: undefined, moved: [] };
  const [x, y] = absolutePosition(shown.flow, lead);
  const [w, h] = nodeSize(lead, catalog);
  const into = containerAt(shown.flow, catalog, [x + w / 2, y + h / 2], dragged)?.id ?? shown.inside?.id;
  const roots = ids.filter((id) => {
    const parent = nodeById(flow, id)?.parent;
    return parent === undefined || !dragged.has(parent);
  });
  return { into, moved: movable(flow, roots, into) };
}

/** Whether what lies in a container is not seen, because only its card is. */
export function isFolded(shown: Shown, container: string): boolean {
  const drawn = nodeById(shown.flow, container);
  return drawn !== undefined && !isOpen(drawn);
}
