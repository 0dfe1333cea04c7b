import type { CSSProperties } from "react";
import { useMemo } from "react";
import type { Catalog } from "@/core/flow/catalog";
import { type Flow, isOpen, type Point } from "@/core/flow/document";
import { PLAIN, shownOf } from "@/core/flow/shown";
import { absolutePosition, boundsOf, nodeSize } from "@/core/layout/geometry";
import { type GroupBox, groupBoxes } from "@/core/layout/groups";
import { hueOf } from "@/ui/icons";
import { groupStyle } from "./groupColors";
import { wiresOf } from "./Wire";
import "./picture.css";

const PAD = 24;
/** Wider than this a picture's cards would be specks: its beginning is shown. */
const WIDEST = 1900;

/** A flow as a small picture, drawn from the flow itself: cards by the colour of their type, wires, containers. */
export function FlowPicture({ flow, catalog }: { flow: Flow; catalog: Catalog }) {
  const drawn = useMemo(() => drawingOf(shownOf(flow, PLAIN).flow, catalog), [flow, catalog]);
  return (
    <svg className="flow-picture" viewBox={drawn.box} preserveAspectRatio="xMidYMid meet" aria-hidden>
      {drawn.groups.map(({ group, rect }) => (
        <rect key={group.id} className="picture-group" style={groupStyle(group.color)} {...rect} rx={14} />
      ))}
      {drawn.cards.map((c) => (
        <g
          key={c.id}
          className={c.container ? "picture-container" : "picture-card"}
          style={{ "--hue": c.hue } as CSSProperties}
        >
          <rect x={c.at[0]} y={c.at[1]} width={c.size[0]} height={c.size[1]} rx={12} />
          {!c.container && (
            <>
              <rect
                className="picture-tile"
                x={c.at[0] + 12}
                y={c.at[1] + 14}
                width={36}
                height={36}
                rx={9}
              />
              <rect
                className="picture-text"
                x={c.at[0] + 60}
                y={c.at[1] + 20}
                width={Math.min(130, 40 + c.letters * 5)}
                height={9}
                rx={4.5}
              />
              <rect
                className="picture-text picture-faint"
                x={c.at[0] + 60}
                y={c.at[1] + 38}
                width={64}
                height={7}
                rx={3.5}
              />
            </>
          )}
        </g>
      ))}
      {drawn.wires.map((d) => (
        <path key={d} d={d} className="picture-wire" />
      ))}
    </svg>
  );
}

interface Drawing {
  box: string;
  groups: GroupBox[];
  cards: Card[];
  wires: string[];
}

interface Card {
  id: string;
  at: Point;
  size: Point;
  hue: number;
  letters: number;
  container: boolean;
}

function drawingOf(flow: Flow, catalog: Catalog): Drawing {
  const places = new Map(flow.nodes.map((n) => [n.id, absolutePosition(flow, n)] as const));
  const cards = flow.nodes.map((n) => ({
    ...{ id: n.id, at: places.get(n.id) ?? n.position, size: nodeSize(n, catalog), hue: hueOf(n.type) },
    ...{ letters: (n.name ?? n.id).length, container: isOpen(n) },
  }));
  // Containers lie under what is in them, outer ones first.
  cards.sort((a, b) => Number(b.container) - Number(a.container) || b.size[0] - a.size[0]);
  // They go the way that they go on the canvas.
  const wires = wiresOf(flow, catalog);
  const b = boundsOf({ ...flow, notes: [] }, catalog);
  const width = Math.min(b.width, WIDEST) + 2 * PAD;
  return {
    box: `${b.x - PAD} ${b.y - PAD} ${width} ${b.height + 2 * PAD}`,
    groups: groupBoxes(flow, catalog),
    cards,
    wires: [...new Set(wires)],
  };
}
