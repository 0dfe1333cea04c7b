import { Handle, type NodeProps, NodeResizeControl, Position } from "@xyflow/react";
import { Ban, CircleAlert, ShieldAlert, TriangleAlert } from "lucide-react";
import { createContext, memo, useContext, useMemo, useState } from "react";
import { PORT_ERROR, PORT_OUT } from "@/core/flow/document";
import { useNodeRun, useRunShown } from "@/run/hooks";
import type { NodeRun } from "@/run/store";
import { dateText, durationText } from "@/ui/format";
import { Tile } from "@/ui/icons";
import { Named } from "@/ui/Named";
import { Status } from "@/ui/Status";
import { useDiff } from "./diff";
import type { CanvasNode, CardData, NoteData } from "./model";

/** What cards need of the canvas around; it never changes while one is open. */
export interface CardActions {
  readOnly: boolean;
  onNoteText?: (id: string, text: string) => void;
  onWireAdd?: (edge: string, screen: [number, number]) => void;
  onPort?: (node: string, port: string) => void;
}

export const CardContext = createContext<CardActions>({ readOnly: true });

type Props = NodeProps<CanvasNode>;

/** A node: what it does here, its type, its ports, and how it fares in the run shown. */
export const NodeCard = memo(function NodeCard({ data, selected, id }: Props) {
  const card = data as CardData;
  const run = useNodeRun(id);
  const [near, nearness] = useNearness();
  const diff = useDiff(id);
  return (
    <div
      {...nearness}
      className="card-node"
      data-testid={`node-${id}`}
      data-state={run?.state}
      data-selected={selected || undefined}
      data-disabled={card.node.disabled || undefined}
      data-effect={card.type?.effect}
      data-problem={card.problem}
      data-diff={diff}
      data-named={card.ports.some((p) => p.port !== PORT_OUT && p.port !== PORT_ERROR) || undefined}
    >
      <DiffBadge kind={diff} />
      <div className="card-main">
        <Tile type={card.node.type} icon={card.type?.icon} />
        <div className="card-text">
          <span className="card-name">
            <Named text={card.node.name || card.node.id} />
          </span>
          <code className="card-type">{card.node.type}</code>
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
function DiffBadge({ kind }: { kind: keyof typeof DIFF_WORDS | undefined }) {
  if (kind === undefined) return null;
  return (
    <span className="card-diff" data-kind={kind}>
      {DIFF_WORDS[kind]}
    </span>
  );
}

/** How a container goes through its passes, in a few words. */
function hintOf(card: CardData): string {
  const { concurrency, every, attempts } = card.node.with ?? {};
  if (card.node.type === "core.repeat") {
    const most = typeof attempts === "number" ? attempts : 10;
    return `at most ${most} times${typeof every === "string" && every !== "" ? `, every ${every}` : ""}`;
  }
  return `${typeof concurrency === "number" && concurrency > 1 ? `${concurrency} at once · ` : ""}order kept`;
}

/** A node that holds others; its head shows the progress of its passes. */
export const ContainerCard = memo(function ContainerCard({ data, selected, id }: Props) {
  const card = data as CardData;
  const run = useNodeRun(id);
  const [near, nearness] = useNearness();
  const diff = useDiff(id);
  const { readOnly } = useContext(CardContext);
  return (
    <div
      {...nearness}
      className="card-node container-node"
      data-testid={`node-${id}`}
      data-state={run?.state}
      data-selected={selected || undefined}
      data-disabled={card.node.disabled || undefined}
      data-problem={card.problem}
      data-diff={diff}
    >
      <DiffBadge kind={diff} />
      <div className="container-head">
        <Tile type={card.node.type} icon={card.type?.icon} small />
        <span className="card-name">
          <Named text={card.node.name || card.node.id} />
        </span>
        <span className="container-hint">{hintOf(card)}</span>
        <Progress run={run} />
        <CardState card={card} run={run} />
      </div>
      <Ports card={card} all={near || selected === true} />
      {!readOnly && (
        <NodeResizeControl
          className="resize-corner"
          position="bottom-right"
          minWidth={256}
          minHeight={136}
          style={{ border: 0, background: "none" }}
        />
      )}
      <Figures card={card} run={run} />
    </div>
  );
});

function Progress({ run }: { run: NodeRun | undefined }) {
  if (run?.count === undefined || run.count.total === 0) return null;
  const { total, done, failed } = run.count;
  return (
    <span className="progress" title={failed > 0 ? `${failed} failed` : undefined}>
      <span className="progress-bar">
        <span
          className="progress-done"
          data-failed={failed > 0 || undefined}
          style={{ width: `${(100 * done) / total}%` }}
        />
      </span>
      {done} / {total}
    </span>
  );
}

function CardState({ card, run }: { card: CardData; run: NodeRun | undefined }) {
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
      {run !== undefined ? <Status state={run.state} bare /> : shown && <Status state="pending" bare />}
    </span>
  );
}

function Figures({ card, run }: { card: CardData; run: NodeRun | undefined }) {
  const figures: string[] = [];
  if (run?.count !== undefined && card.type?.container !== true)
    figures.push(`${run.count.done} / ${run.count.total}`);
  if (run?.durationMs !== undefined && run.state !== "skipped") figures.push(durationText(run.durationMs));
  if (run?.due !== undefined) figures.push(`until ${dateText(new Date(run.due).toISOString())}`);
  if (run !== undefined && run.attempts > 1) figures.push(`${run.attempts} tries`);
  const destructive = card.type?.effect === "destructive";
  if (figures.length === 0 && !destructive) return null;
  return (
    <div className="card-figures">
      {destructive && (
        <span className="card-effect">
          <ShieldAlert size={12} aria-hidden /> destructive
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

function Ports({ card, all }: { card: CardData; all: boolean }) {
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

/** A text on the canvas, edited in place. */
export const NoteCard = memo(function NoteCard({ data, selected, id }: Props) {
  const { note } = data as NoteData;
  const { readOnly, onNoteText } = useContext(CardContext);
  return (
    <div className="note-node" data-selected={selected || undefined} data-testid={`note-${id}`}>
      <textarea
        className="note-text nodrag-when-focused"
        aria-label="Note"
        dir="auto"
        value={note.text}
        readOnly={readOnly}
        placeholder="Write a note…"
        spellCheck={false}
        onChange={(e) => onNoteText?.(id, e.target.value)}
        onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
      />
      {!readOnly && (
        <NodeResizeControl
          className="resize-corner"
          position="bottom-right"
          minWidth={120}
          minHeight={56}
          style={{ border: 0, background: "none" }}
        />
      )}
    </div>
  );
});
