import { NodeResizeControl } from "@xyflow/react";
import { CircleAlert, FoldVertical, TriangleAlert, UnfoldVertical } from "lucide-react";
import { memo, useContext } from "react";
import type { FlowNode } from "@/core/flow/document";
import { useWorst } from "@/run/hooks";
import type { NodeRun } from "@/run/store";
import { Tile } from "@/ui/icons";
import { Named, plainly } from "@/ui/Named";
import { Status } from "@/ui/Status";
import { CardContext, CardState, DiffBadge, Figures, Ports, type Props, useCard } from "./cards";
import type { CardData } from "./model";

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
export const ContainerCard = memo(function ContainerCard(props: Props) {
  const { selected } = props;
  const { card, run, near, diff, frame } = useCard(props);
  const { readOnly } = useContext(CardContext);
  return (
    <div {...frame} className="card-node container-node">
      <DiffBadge kind={diff} />
      <div className="container-head">
        <Tile type={card.node.type} icon={card.type?.icon} small />
        <ContainerName card={card} />
        <span className="container-hint">{hintOf(card)}</span>
        <Progress run={run} />
        <CardState card={card} run={run} />
        <FoldButton card={card} />
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

/** A double-click on a container's name goes into it. */
function ContainerName({ card }: { card: CardData }) {
  const { onEnter } = useContext(CardContext);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: by keys it is Shift Enter on the card
    <span
      className="card-name container-name"
      title="Double-click to go inside (Shift Enter)"
      data-testid={`name-${card.node.id}`}
      onDoubleClick={(e) => {
        e.stopPropagation();
        onEnter?.(card.node.id);
      }}
    >
      <Named text={card.node.name || card.node.id} />
    </span>
  );
}

/** Collapses a container, and opens it. */
function FoldButton({ card }: { card: CardData }) {
  const { onFold } = useContext(CardContext);
  const open = card.within === undefined;
  const Icon = open ? FoldVertical : UnfoldVertical;
  return (
    <button
      type="button"
      className="icon-btn fold-button nodrag nopan nokey"
      aria-expanded={open}
      aria-label={plainly(`What is in ${card.node.name || card.node.id}`)}
      title={open ? "Collapse (Shift C)" : "Open (Shift C)"}
      data-fold={card.node.id}
      data-testid={`fold-${card.node.id}`}
      onClick={(e) => {
        e.stopPropagation();
        onFold?.(card.node.id, open);
      }}
    >
      <Icon size={14} aria-hidden />
    </button>
  );
}

/** A container drawn as one card: how many steps are in it, how they fare, and what is wrong with them. */
export const CollapsedCard = memo(function CollapsedCard(props: Props) {
  const { selected, id } = props;
  const { card, run, near, diff, frame } = useCard(props);
  const { within = NOBODY } = card;
  const counted = run?.count !== undefined && run.count.total > 0;
  return (
    <div {...frame} className="card-node collapsed-node">
      <DiffBadge kind={diff} />
      <div className="card-main">
        <Tile type={card.node.type} icon={card.type?.icon} />
        <div className="card-text">
          <ContainerName card={card} />
          <span className="collapsed-count" data-testid={`within-${id}`}>
            {within.length === 1 ? "1 step" : `${within.length} steps`}
            {counted && <Progress run={run} />}
          </span>
        </div>
        <CardState card={card} run={run} />
      </div>
      <FoldButton card={card} />
      <Ports card={card} all={near || selected === true} />
      <Figures card={card} run={run}>
        <WithinLead card={card} within={within} />
      </Figures>
    </div>
  );
});

const NOBODY: readonly FlowNode[] = [];

/** What is wrong inside a collapsed container, and the way there. */
function WithinLead({ card, within }: { card: CardData; within: readonly FlowNode[] }) {
  const { onLead } = useContext(CardContext);
  const worst = useWorst(within);
  const at = worst?.id ?? card.problemAt;
  if (at === undefined) return null;
  const name = within.find((n) => n.id === at)?.name ?? at;
  const what = worst?.state ?? (card.problem === "error" ? "problem" : "warning");
  return (
    <button
      type="button"
      className="within-lead nodrag nopan nokey"
      data-testid={`lead-${card.node.id}`}
      data-what={what}
      title={`Go to ${name}`}
      onClick={(e) => {
        e.stopPropagation();
        onLead?.(at);
      }}
    >
      {worst !== undefined ? (
        <Status state={worst.state} bare size={13} />
      ) : card.problem === "error" ? (
        <CircleAlert size={13} aria-label="Error" />
      ) : (
        <TriangleAlert size={13} aria-label="Warning" />
      )}
      <span className="ellipsis">
        <span className="hidden-text"> in </span>
        {name}
      </span>
    </button>
  );
}
