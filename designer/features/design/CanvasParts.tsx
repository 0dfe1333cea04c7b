import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";
import { catalogQuery } from "@/api/catalogQuery";
import type { Run } from "@/api/types";
import { FlowCanvas } from "@/canvas/FlowCanvas";
import type { Flow, FlowNode } from "@/core/flow/document";
import { RunContext } from "@/run/hooks";
import { RunStore } from "@/run/store";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Tile } from "@/ui/icons";
import { Group } from "./TokenViews";

/** The tile of everything that can be placed, and of a connector whose icon nobody knows. */
export function Tiles() {
  const catalog = useQuery(catalogQuery);
  if (catalog.error) return <ErrorView error={catalog.error} />;
  if (!catalog.data) return <SkeletonRows rows={4} />;
  const families = Map.groupBy(catalog.data.items, (t) => t.category);
  return (
    <div className="design-block">
      {[...families].map(([name, types]) => (
        <Group key={name} name={name}>
          <ul className="design-tiles">
            {types.map((t) => (
              <li key={t.type}>
                <Tile type={t.type} icon={t.icon} small />
                <span className="ellipsis" title={t.type}>
                  {t.name}
                </span>
              </li>
            ))}
          </ul>
        </Group>
      ))}
      <Group name="Not known here">
        <div className="design-row">
          <Tile type="old-scanner.scan" icon="no-such-icon" />
          <Tile type="x.y" icon={undefined} />
        </div>
      </Group>
    </div>
  );
}

const STATES = ["pending", "running", "waiting", "succeeded", "failed", "canceled", "unknown", "skipped"];

const at = (n: number): [number, number] => [(n % 2) * 280, Math.floor(n / 2) * 112];

const NODES: FlowNode[] = [
  ...STATES.map((state, i) => ({
    ...{ id: state, type: i === 0 ? "trigger.webhook" : "core.set" },
    ...{ name: state[0]?.toUpperCase() + state.slice(1), position: at(i) },
  })),
  { id: "branch", type: "core.if", name: "Ports with names", position: at(8) },
  { id: "off", type: "core.set", name: "Disabled", disabled: true, position: at(9) },
  { id: "wrong", type: "core.wait", name: "With an error", position: [0, 592] },
  { id: "chosen", type: "core.approval", name: "Chosen, with a long name that is cut", position: [280, 592] },
];

const FLOW: Flow = {
  ...{ format: "drawbridge.flow/1", name: "Cards", nodes: NODES },
  edges: [
    { from: "pending", to: "running" },
    { from: "waiting", to: "succeeded" },
    { from: "branch.true", to: "off" },
  ],
  notes: [{ id: "note", text: "A **note** says why.", position: [0, 760], size: [240, 90] }],
};

const START = Date.UTC(2026, 0, 1);

/** A run in which every state is seen at once, as none is. */
function everyState(): Run {
  const steps = STATES.filter((s) => s !== "pending").map((state) => [
    state,
    {
      ...{ node: state, state, attempts: state === "failed" ? 3 : 1 },
      startedAt: new Date(START).toISOString(),
      ...(state === "running" ? {} : { endedAt: new Date(START + 412).toISOString() }),
    },
  ]);
  return {
    ...{ id: "every-state", flow: "", state: "running", seq: 1, createdAt: new Date(START).toISOString() },
    steps: Object.fromEntries(steps),
  } as unknown as Run;
}

const PROBLEMS = new Map([["wrong", "error" as const]]);
const CHOSEN = new Set(["chosen"]);

/** Cards as they are on the canvas, drawn by the canvas itself. */
export function Cards() {
  const catalog = useQuery(catalogQuery);
  const [store] = useState(() => new RunStore());
  useEffect(() => store.snapshot(everyState()), [store]);
  if (!catalog.data) return <SkeletonRows rows={8} />;
  return (
    <div className="design-canvas editor-stage canvas">
      <RunContext.Provider value={store}>
        <ReactFlowProvider>
          <FlowCanvas
            flow={FLOW}
            catalog={catalog.data}
            problems={PROBLEMS}
            selected={CHOSEN}
            onSelect={() => {}}
          />
        </ReactFlowProvider>
      </RunContext.Provider>
    </div>
  );
}
