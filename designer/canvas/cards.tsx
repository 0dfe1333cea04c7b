import { Handle, type NodeProps, Position } from "@xyflow/react";
import { Ban, CircleAlert, Pin, ShieldAlert, TriangleAlert } from "lucide-react";
import { createContext, memo, type ReactNode, useContext, useMemo, useState } from "react";
import { PORT_ERROR, PORT_OUT } from "@/core/flow/document";
import { useNodeRun, useRunShown } from "@/run/hooks";
import { wordOf } from "@/run/reduce";
import type { NodeRun } from "@/run/store";
import { dateText, durationText } from "@/ui/format";
import { Tile } from "@/ui/icons";
import { Named } from "@/ui/Named";
import { Status } from "@/ui/Status";
import { CardType } from "./called";
import { useDiff } from "./diff";
import type { CanvasNode, CardData } from "./model";
import { usePinned } from "./pins";

/** What cards need of the canvas around; it never changes while one is open. */
export interface CardActions {
  readOnly: boolean;
  onNoteText?: (id: string, text: string) => void;
  /** A note is to be written, or has been. */
  onNoteWrite?: (id: string, writing: boolean) => void;
  onWireAdd?: (edge: string, screen: [number, number]) => void;
  onPort?: (node: string, port: string) => void;
  onFold?: (container: string, collapsed: boolean) => void;
  /** Goes into a container. */
  onEnter?: (container: string) => void;
  /** Shows a node that lies in a collapsed container. */
  onLead?: (node: string) => void;
}

export const CardContext = createContext<CardActions>({ readOnly: true });

export type Props = NodeProps<CanvasNode>;

/** What every kind of card shows of itself by its frame, and what it is made of. */
export function useCard({ data, selected, id }: Props) {
  const card = data as CardData;
  const run = useNodeRun(id);
  const [near, nearness] = useNearness();
  const diff = useDiff(id);
  const frame = {
    ...nearness,
    "data-testid": `node-${id}`,
    "data-state": run?.state,
    "data-selected": selected || undefined,
    "data-disabled": card.node.disabled || undefined,
    "data-problem": card.problem,
    "data-diff": diff,
  };
  return { card, run, near, diff, frame };
}

/** A node: what it does here, its type, its ports, and how it fares in the run shown. */
export const NodeCard = memo(function NodeCard(props: Props) {
  const { selected } = props;
  const { card, run, near, diff, frame } = useCard(props);
  return (
    <div
      {...frame}
      className="card-node"
      data-effect={card.type?.effect}
      data-named={card.ports.some((p) => p.port !== PORT_OUT && p.port !== PORT_ERROR) || undefined}
    >
      <DiffBadge kind={diff} />
      <div className="card-main">
        <Tile type={card.node.type} icon={card.type?.icon} />
        <div className="card-text">
          <span className="card-name">
            <Named text={card.node.name || card.node.id} />
          </span>
          <CardType node={card.node} />
        </div>
        <CardState card={card} run={run} />
      </div>
      <Ports card={card} all={near || selected === true} />
      <Figures card={card} run={run} />
    </div>
  );
});

const DIFF_WORDS = { added: "Added", removed: "Removed", changed: "Changed", moved: "Moved" };

/** What became of a node, in a word: its border alone would say it by colour. */
export function DiffBadge({ kind }: { kind: keyof typeof DIFF_WORDS | undefined }) {
  if (kind === undefined) return null;
  return (
    <span className="card-diff" data-kind={kind}>
      {DIFF_WORDS[kind]}
    </span>
  );
}

export function CardState({ card, run }: { card: CardData; run: NodeRun | undefined }) {
  const shown = useRunShown();
  return (
    <span className="card-state">
      {card.node.disabled && (
        <span title="Disabled" className="muted">
          <Ban size={14} aria-label="Disabled" />
        </span>
      )}
      {card.problem !== undefined && (
        <span className="card-problem" data-severity={card.problem} title="Has problems">
          {card.problem === "error" ? (
            <CircleAlert size={15} aria-label="Has problems" />
          ) : (
            <TriangleAlert size={15} aria-label="Has warnings" />
          )}
        </span>
      )}
      {run !== undefined ? <Status state={wordOf(run)} bare /> : shown && <Status state="pending" bare />}
    </span>
  );
}

interface FiguresProps {
  card: CardData;
  run: NodeRun | undefined;
  /** What stands before them. */
  children?: ReactNode;
}

export function Figures({ card, run, children }: FiguresProps) {
  const figures: string[] = [];
  const pin = usePinned(card.node.id) || run?.pinned;
  if (run?.count !== undefined && card.type?.container !== true)
    figures.push(`${run.count.done} / ${run.count.total}`);
  if (run?.durationMs !== undefined && !run.pinned && run.state !== "skipped")
    figures.push(durationText(run.durationMs));
  if (run?.due !== undefined) figures.push(`until ${dateText(new Date(run.due).toISOString())}`);
  if (run !== undefined && run.attempts > 1) figures.push(`${run.attempts} tries`);
  const destructive = card.type?.effect === "destructive";
  if (figures.length === 0 && !destructive && !pin && !children) return null;
  return (
    <div className="card-figures">
      {children}
      {destructive && (
        <span className="card-effect">
          <ShieldAlert size={12} aria-hidden /> destructive
        </span>
      )}
      {pin && (
        <span className="card-pin" data-testid={`pin-${card.node.id}`}>
          <Pin size={12} aria-hidden /> Pinned
        </span>
      )}
      <span className="grow" />
      {figures.join(" · ")}
    </div>
  );
}

/**
 * Whether the pointer or the focus is on a card. Ports for errors are mounted only
 * then: each costs a few store subscriptions, and most are never looked at.
 */
function useNearness() {
  const [near, setNear] = useState(false);
  const handlers = useMemo(
    () => ({ onPointerEnter: () => setNear(true), onPointerLeave: () => setNear(false) }),
    [],
  );
  return [near, handlers] as const;
}

export function Ports({ card, all }: { card: CardData; all: boolean }) {
  const shown = all || card.errorWired ? card.ports : card.ports.filter((p) => p.port !== PORT_ERROR);
  return (
    <>
      {card.inputY !== undefined && (
        <Handle
          id="in"
          type="target"
          position={Position.Left}
          className="port"
          style={{ top: card.inputY }}
          data-testid={`in-${card.node.id}`}
        />
      )}
      {shown.map(({ port, y }) => (
        <Port key={port} card={card} port={port} y={y} />
      ))}
    </>
  );
}

function Port({ card, port, y }: { card: CardData; port: string; y: number }) {
  const { onPort } = useContext(CardContext);
  const error = port === PORT_ERROR;
  const handle = error ? "port port-error" : "port";
  return (
    <>
      {port !== PORT_OUT && (
        <span
          className={error ? "port-label port-label-error" : "port-label"}
          data-wired={card.errorWired || undefined}
          style={{ top: y }}
        >
          <Named text={port} />
        </span>
      )}
      <Handle
        id={port}
        type="source"
        position={Position.Right}
        className={handle}
        style={{ top: y }}
        data-wired={(error && card.errorWired) || undefined}
        data-testid={`port-${card.node.id}-${port}`}
        title={onPort === undefined ? port : `${port}: click to add what follows, or pull a wire`}
        onClick={(e) => {
          if (onPort === undefined) return;
          e.stopPropagation();
          onPort(card.node.id, port);
        }}
      />
    </>
  );
}
