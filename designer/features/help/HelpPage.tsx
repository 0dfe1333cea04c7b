import { plainly } from "@/ui/Named";
import "./help.css";
import "@/canvas/frame.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { Copy, Footprints, Palette } from "lucide-react";
import { useMemo } from "react";
import { useAdoptFlow, useOpenFlow } from "@/api/adopt";
import { catalogQuery } from "@/api/catalogQuery";
import { usePermissions } from "@/api/permissions";
import { libraryQuery } from "@/api/queries";
import { useStartTour } from "@/api/tour";
import { FlowCanvas } from "@/canvas/FlowCanvas";
import type { Catalog, NodeType, Schema } from "@/core/flow/catalog";
import type { Flow } from "@/core/flow/document";
import { AddedFlows } from "@/ui/AddedFlows";
import { Button } from "@/ui/Button";
import { Examples } from "@/ui/Examples";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Tile } from "@/ui/icons";
import { Powers } from "./Powers";
import { FIRST, TOPICS, type Topic } from "./topics";

const route = getRouteApi("/app/help");
const GROUPS = ["Triggers", "Logic", "People", "Data"];

/** What can be drawn, each with a picture of a flow that uses it. */
export function HelpPage() {
  const { type } = route.useSearch();
  const catalog = useQuery(catalogQuery);
  const library = useQuery(libraryQuery);
  const failed = catalog.error ?? library.error;
  if (failed) return <ErrorView error={failed} />;
  if (!catalog.data || !library.data) return <SkeletonRows rows={8} />;
  const topic = topicOf(type, catalog.data);
  return (
    <>
      <header className="page-head">
        <h1>Help</h1>
        <span className="grow" />
        <TourButton />
        <Link to="/design" className="btn">
          <Palette size={15} aria-hidden /> Design system
        </Link>
      </header>
      <div className="page-body help">
        <Contents catalog={catalog.data} current={topic.type} />
        <TopicView
          key={topic.type}
          topic={topic}
          catalog={catalog.data}
          example={library.data.items.find((l) =>
            topic.flow === undefined
              ? l.flow.nodes.some((n) => n.type === topic.type)
              : l.name === topic.flow,
          )}
        />
      </div>
    </>
  );
}

/** What is said of a type; of an action that is what its connector says, and a flow in which it is used. */
function topicOf(type: string | undefined, catalog: Catalog): Topic {
  const known = TOPICS.find((t) => t.type === type);
  if (known !== undefined) return known;
  const action = type === undefined ? undefined : catalog.get(type);
  return action === undefined ? FIRST : { type: action.type, notes: [] };
}

function TourButton() {
  const { can, why } = usePermissions();
  const start = useStartTour();
  return (
    <Button
      busy={start.isPending}
      disabled={!can("flow.write")}
      title={why("flow.write")}
      onClick={() => start.mutate()}
    >
      <Footprints size={15} aria-hidden /> Take the tour
    </Button>
  );
}

function Contents({ catalog, current }: { catalog: Catalog; current: string }) {
  const groups = useMemo(() => {
    const actions = catalog.items.filter((t) => t.kind === "action");
    const known = [...TOPICS.flatMap((t) => catalog.get(t.type) ?? []), ...actions];
    const names = [...new Set([...GROUPS, ...known.map((t) => t.category)])];
    return names
      .map((name) => ({ name, types: known.filter((t) => t.category === name) }))
      .filter((g) => g.types.length > 0);
  }, [catalog]);
  return (
    <nav className="help-contents" aria-label="Topics">
      {groups.map((g) => (
        <section key={g.name}>
          <h2>{g.name}</h2>
          <ul>
            {g.types.map((t) => (
              <li key={t.type}>
                <Link
                  to="/help"
                  search={{ type: t.type }}
                  {...(t.type === current ? { "aria-current": "page" as const } : {})}
                >
                  {t.name}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

interface TopicViewProps {
  topic: Topic;
  catalog: Catalog;
  example: Example | undefined;
}

interface Example {
  /** Of its file in the library. */
  name: string;
  flow: Flow;
}

function TopicView({ topic, catalog, example }: TopicViewProps) {
  const type = catalog.get(topic.type);
  if (type === undefined) return null;
  return (
    <article className="help-topic" data-testid="topic">
      <header className="help-head">
        <Tile type={type.type} icon={type.icon} />
        <div>
          <h2>{type.name}</h2>
          <code>{type.type}</code>
        </div>
      </header>
      <p>{type.description}</p>
      {example !== undefined && <Picture {...example} type={topic.type} catalog={catalog} />}
      {topic.notes.length > 0 && (
        <section aria-label="Good to know">
          <h3>Good to know</h3>
          <ul className="help-notes">
            {topic.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
      <Parameters schema={type.input} />
      <Ports type={type} />
      <Powers type={type} />
      <Examples of={type.name} examples={type.examples} />
    </article>
  );
}

/** A flow of the library in which the type is used, as it looks on the canvas. */
function Picture({ name, flow, type, catalog }: Example & { type: string; catalog: Catalog }) {
  const { can, why } = usePermissions();
  const pinned = useMemo(() => catalog.pinned(flow.connectors), [catalog, flow]);
  const shown = useMemo(
    () => new Set(flow.nodes.filter((n) => n.type === type).map((n) => n.id)),
    [flow, type],
  );
  const copy = useAdoptFlow();
  const open = useOpenFlow();
  return (
    <figure className="help-figure">
      <div className="help-picture editor-stage canvas" data-testid="help-picture">
        <ReactFlowProvider>
          <FlowCanvas flow={flow} catalog={pinned} selected={shown} onSelect={() => {}} />
        </ReactFlowProvider>
      </div>
      <figcaption>
        <span>
          <strong>{plainly(flow.name)}</strong>: {flow.description}
        </span>
        <Button
          small
          busy={copy.isPending}
          disabled={!can("flow.write")}
          title={why("flow.write")}
          onClick={() => copy.mutate({ file: name, name: `${flow.name} (copy)` })}
        >
          <Copy size={14} aria-hidden /> Begin with a copy
        </Button>
      </figcaption>
      {copy.isError && <ErrorView error={copy.error} />}
      {copy.data !== undefined && copy.data.added.length > 0 && (
        <AddedFlows added={copy.data.added} onOpen={() => void open(copy.data.id)} />
      )}
    </figure>
  );
}

interface Property {
  name: string;
  title: string;
  text: string;
  needed: boolean;
  detail: string;
}

function propertiesOf(schema: Schema): Property[] {
  const properties = (schema.properties ?? {}) as Record<string, Record<string, unknown>>;
  const needed = new Set((schema.required ?? []) as string[]);
  return Object.entries(properties).map(([name, p]) => ({
    name,
    title: typeof p.title === "string" ? p.title : name,
    text: typeof p.description === "string" ? p.description : "",
    needed: needed.has(name),
    detail: detailOf(p),
  }));
}

function detailOf(p: Record<string, unknown>): string {
  const parts: string[] = [];
  if (Array.isArray(p.enum)) parts.push(`one of ${p.enum.map(String).join(", ")}`);
  if (p.default !== undefined && String(p.default).length < 40)
    parts.push(`default ${JSON.stringify(p.default)}`);
  const [example] = Array.isArray(p.examples) ? p.examples : [];
  if (example !== undefined) parts.push(`such as ${JSON.stringify(example)}`);
  return parts.join("; ");
}

function Parameters({ schema }: { schema: Schema }) {
  const list = propertiesOf(schema);
  if (list.length === 0) return null;
  return (
    <section aria-label="Parameters">
      <h3>Parameters</h3>
      <div className="card help-card">
        <table className="table">
          <thead>
            <tr>
              <th>Name</th>
              <th>In a file</th>
              <th>What it is</th>
            </tr>
          </thead>
          <tbody>
            {list.map((p) => (
              <tr key={p.name}>
                <td>
                  {p.title}
                  {p.needed && <span className="muted"> (needed)</span>}
                </td>
                <td>
                  <code>{p.name}</code>
                </td>
                <td>
                  {p.text}
                  {p.detail && <div className="muted help-detail">{p.detail}</div>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Ports({ type }: { type: NodeType }) {
  if (type.ports.length === 0) return null;
  return (
    <section aria-label="Ways out">
      <h3>Ways out</h3>
      <p>
        {type.dynamicPorts !== undefined && type.dynamicPorts !== "" && <>one for each case, and </>}
        {type.ports.map((port, i) => (
          <span key={port}>
            {i > 0 && ", "}
            <code>{port}</code>
          </span>
        ))}
        {type.ports.includes("error") &&
          ". Without a wire from error, an error fails the run, or its item in a loop."}
      </p>
    </section>
  );
}
