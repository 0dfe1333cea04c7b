import { Link } from "@tanstack/react-router";
import { CircleHelp, Eye, Lock, PenLine, ShieldAlert, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { focusNode } from "@/canvas/going";
import { PassPicker, StepFigures, StepInput, StepLog, StepOutput, useNodeStep } from "@/canvas/StepData";
import { setNode } from "@/core/commands/edit";
import { EFFECT_TEXT, type NodeType } from "@/core/flow/catalog";
import { type FlowNode, nodeById } from "@/core/flow/document";
import { SchemaForm } from "@/schema-form/SchemaForm";
import { FormScopeContext } from "@/schema-form/scope";
import { IconButton } from "@/ui/Button";
import { Segments } from "@/ui/Fields";
import { shortId } from "@/ui/format";
import { Tile } from "@/ui/icons";
import { JsonTree, TakeContext } from "@/ui/JsonTree";
import { plainly } from "@/ui/Named";
import { ProblemText } from "@/ui/ProblemText";
import { useCompact } from "@/ui/useCompact";
import { NodeVersion } from "../Connectors";
import { NodeCredential } from "../Credentials";
import { useNodeScope } from "../formScope";
import { HookAddress } from "../HookAddress";
import { focusFirst } from "../keys";
import { PinPane } from "../running/PinPane";
import { useCatalog, useSession } from "../useSession";
import { Foreseen } from "./Foreseen";
import { Incoming } from "./Incoming";
import { NodeSettings } from "./NodeSettings";
import { changeWith, NodeId } from "./renaming";
import { SameAs } from "./SameAs";
import { TriggerHealth } from "./TriggerHealth";
import { TriggerSamples } from "./TriggerSamples";
import { useTake } from "./take";

/** One node: what it receives, how it is set, what it gives. Lies over the canvas. */
export function Inspector() {
  const session = useSession();
  const id = session.view((s) => s.open);
  useEffect(() => {
    // The first one may have had to be fetched: only now is known what it covers.
    const { open } = session.view.getState();
    if (open !== undefined) session.reveal(open);
  }, [session]);
  const node = session.document((s) => (id === undefined ? undefined : nodeById(s.history.flow, id)));
  if (node === undefined) return null;
  return <OpenInspector key={node.id} node={node} />;
}

function OpenInspector({ node }: { node: FlowNode }) {
  const session = useSession();
  const type = useCatalog().get(node.type);
  const data = useNodeStep(node.id);
  const close = () => {
    session.view.setState({ open: undefined });
    focusNode(node.id);
  };
  const panel = useRef<HTMLElement>(null);
  // Undone, deleted or closed from elsewhere, it takes the focus down with it.
  useEffect(
    () => () => {
      if (document.activeElement === document.body) focusNode(node.id);
    },
    [node.id],
  );
  const enter = session.view((s) => s.enter);
  useEffect(() => {
    if (!enter) return;
    session.view.setState({ enter: false });
    // The parameters are what one comes for; the rest is one F6 away.
    if (panel.current !== null) focusFirst(panel.current);
  }, [enter, session]);
  const keys = (event: KeyboardEvent) => {
    // An open list of names takes Escape for itself.
    if (event.key === "Escape" && event.defaultPrevented) return;
    if (
      event.key === "Escape" ||
      (event.key === "Enter" && !event.shiftKey && (event.ctrlKey || event.metaKey))
    ) {
      event.stopPropagation();
      close();
    }
  };
  const trigger = type?.kind === "trigger";
  const { take, remember } = useTake(panel);
  const compact = useCompact();
  const received = trigger ? (
    <TriggerSamples key="received" node={node} />
  ) : (
    <TakeContext.Provider key="received" value={session.readOnly ? undefined : take}>
      <InputPane node={node} data={data} />
    </TakeContext.Provider>
  );
  // Where the panes follow each other in one scroll, what one comes for is first, and data that arrives below does not push it away.
  const parameters = (
    <section
      key="parameters"
      className="pane pane-parameters"
      aria-label="Parameters"
      onFocusCapture={(e) => remember(e.target)}
    >
      <Parameters node={node} type={type} pass={passesOf(data.step?.key)} />
    </section>
  );
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      className="inspector"
      aria-label={plainly(`Inspector: ${node.name || node.id}`)}
      data-testid="inspector"
      onKeyDown={keys}
    >
      <Head node={node} type={type} onClose={close} />
      <div className="inspector-panes">
        {compact ? [parameters, received] : [received, parameters]}
        <OutputPane node={node} data={data} />
      </div>
    </aside>
  );
}

function Head({ node, type, onClose }: { node: FlowNode; type: NodeType | undefined; onClose: () => void }) {
  const session = useSession();
  const [draft, setDraft] = useState<string>();
  const commit = () => {
    if (draft !== undefined && draft.trim() !== (node.name ?? node.id))
      session.do(setNode(node.id, "name", draft.trim(), "Rename"));
    setDraft(undefined);
  };
  return (
    <header className="inspector-head">
      <Tile type={node.type} icon={type?.icon} />
      <div className="grow">
        <input
          className="inspector-name"
          aria-label="Name of the node"
          data-testid="node-name"
          dir="auto"
          value={draft ?? plainly(node.name ?? node.id)}
          onFocus={() => setDraft(node.name ?? node.id)}
          readOnly={session.readOnly}
          onChange={(e) => setDraft(e.target.value)}
          onBlur={commit}
          onKeyDown={(e) => {
            if (e.key !== "Enter" || e.ctrlKey || e.metaKey) return;
            // The card shows the name, and is what the next key is meant for: the field gives it by losing the focus.
            e.preventDefault();
            focusNode(node.id);
          }}
        />
        <p className="inspector-line">
          <code>{node.type}</code>
          <NodeVersion node={node} />
          {/* What a called flow reaches, it says itself. */}
          {type !== undefined && type.kind !== "trigger" && type.type !== "core.call" && (
            <EffectLine type={type} />
          )}
        </p>
      </div>
      {type !== undefined && (
        <Link
          to="/help"
          search={{ type: node.type }}
          target="_blank"
          className="icon-btn"
          aria-label={`Help on ${type.name}`}
          title={`Help on ${type.name}`}
        >
          <CircleHelp size={16} aria-hidden />
        </Link>
      )}
      <IconButton label="Close the inspector" onClick={onClose}>
        <X size={16} aria-hidden />
      </IconButton>
    </header>
  );
}

const EFFECT_ICONS = { none: Lock, read: Eye, write: PenLine, destructive: ShieldAlert };

function EffectLine({ type }: { type: NodeType }) {
  const Icon = EFFECT_ICONS[type.effect];
  return (
    <span className="effect" data-effect={type.effect}>
      <Icon size={13} aria-hidden /> {EFFECT_TEXT[type.effect]}
    </span>
  );
}

interface ParametersProps {
  node: FlowNode;
  type: NodeType | undefined;
  /** Which item previews inside a container are made for. */
  pass: string;
}

function Parameters({ node, type, pass }: ParametersProps) {
  const session = useSession();
  const scope = useNodeScope(node, pass);
  const [tab, setTab] = useState<"parameters" | "settings">(
    scope.focus?.startsWith("@") && scope.focus !== "@credential" ? "settings" : "parameters",
  );
  // How a trigger does stands below, with since when.
  const own = scope.nodeProblems.filter((p) => p.code !== "trigger.failing" || tab !== "parameters");
  const hasForm =
    type !== undefined &&
    (Object.keys(type.input.properties ?? {}).length > 0 || type.input.additionalProperties !== false);
  return (
    <>
      <div className="pane-head">
        <Segments
          label="What to set"
          value={tab}
          options={[
            { value: "parameters", label: "Parameters" },
            { value: "settings", label: "Settings" },
          ]}
          onChange={setTab}
        />
        <span className="grow" />
        <NodeId node={node} />
      </div>
      <div className="pane-body">
        {own.length > 0 && (
          <ul className="field-problems">
            {own.map((p, i) => (
              <li key={i} className="field-error" data-severity={p.severity}>
                <ProblemText message={p.message} fix={p.fix} />
              </li>
            ))}
          </ul>
        )}
        {tab === "parameters" && (
          <div className="parameters node-credential">
            {node.type === "trigger.webhook" && <HookLine node={node} />}
            <TriggerHealth node={node} />
            <NodeCredential node={node} />
          </div>
        )}
        {tab === "settings" ? (
          <NodeSettings node={node} type={type} />
        ) : type === undefined ? (
          <Unknown node={node} />
        ) : hasForm ? (
          <FormScopeContext.Provider value={scope}>
            <SameAs node={node} />
            <SchemaForm
              schema={type.input}
              value={node.with ?? {}}
              readOnly={session.readOnly}
              onChange={(value) => changeWith(session, node, value)}
            />
          </FormScopeContext.Provider>
        ) : (
          <p className="muted">{type.description}</p>
        )}
      </div>
    </>
  );
}

/** A node whose type is not here: what it is given is shown, and kept. */
function Unknown({ node }: { node: FlowNode }) {
  const session = useSession();
  const connector = node.type.split(".")[0] ?? "";
  return (
    <>
      <p>
        {session.catalog.versions(connector).length > 0 ? (
          <>
            The version of the connector that this flow is pinned to has no <code>{node.type}</code>.
          </>
        ) : (
          <>
            The connector of <code>{node.type}</code> is not installed here.
          </>
        )}{" "}
        The node and its parameters are kept as they are.
      </p>
      {node.with !== undefined && <JsonTree value={node.with} label="Kept parameters" />}
    </>
  );
}

/** Where a webhook listens, once the flow is published. */
function HookLine({ node }: { node: FlowNode }) {
  const session = useSession();
  const path = session.document((s) => s.hooks[node.id]);
  // Who only reads is not told addresses: they start runs.
  if (path === undefined && session.readOnly) return null;
  if (path === undefined)
    return <p className="muted hook-line">It gets its address when the flow is published.</p>;
  return <HookAddress path={path} name={node.name ?? node.id} id={node.id} />;
}

/** The passes of a step key, the outermost first: each.3.inner.0.look is 3.0. */
function passesOf(key: string | undefined): string {
  return (key?.split(".") ?? []).filter((_, at) => at % 2 === 1).join(".");
}

/** What the step received: its parameters with their values, or the data that they were computed from. */
function InputPane({ node, data }: { node: FlowNode; data: ReturnType<typeof useNodeStep> }) {
  const [tab, setTab] = useState<"computed" | "incoming">("computed");
  return (
    <section className="pane pane-input" aria-label="Input">
      <div className="pane-head">
        <Segments
          label="What it received"
          value={tab}
          options={[
            { value: "computed", label: "Parameters, computed" },
            { value: "incoming", label: "Incoming" },
          ]}
          onChange={setTab}
        />
        <span className="grow" />
        <PassPicker data={data} />
      </div>
      <div className="pane-body">
        {tab === "computed" ? (
          <StepInput data={data} parameters={node.with} />
        ) : (
          <Incoming node={node} pass={passesOf(data.step?.key)} />
        )}
      </div>
    </section>
  );
}

function OutputPane({ node, data }: { node: FlowNode; data: ReturnType<typeof useNodeStep> }) {
  const [tab, setTab] = useState<"output" | "log">("output");
  const trigger = node.type.startsWith("trigger.");
  return (
    <section className="pane pane-output" aria-label="Output">
      <div className="pane-head">
        <Segments
          label="What it gave"
          value={tab}
          options={[
            { value: "output", label: "Output" },
            { value: "log", label: "Log" },
          ]}
          onChange={setTab}
        />
        <span className="grow" />
        {trigger && <PassPicker data={data} />}
        <StepFigures data={data} />
        {data.runId !== undefined && <span className="muted">run {shortId(data.runId)}</span>}
      </div>
      <div className="pane-body">
        {tab === "log" ? (
          <StepLog data={data} />
        ) : (
          <>
            <PinPane node={node} data={data} />
            {data.runId === undefined && !trigger ? <Foreseen node={node} /> : <StepOutput data={data} />}
          </>
        )}
      </div>
    </section>
  );
}
