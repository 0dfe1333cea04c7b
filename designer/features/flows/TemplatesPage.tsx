import { plainly } from "@/ui/Named";
import "./flows.css";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ClipboardPaste, FileDown, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useAdoptFlow, useOpenFlow } from "@/api/adopt";
import { catalogQuery } from "@/api/catalogQuery";
import { useCreateFlow } from "@/api/create";
import { usePermissions } from "@/api/permissions";
import { libraryQuery } from "@/api/queries";
import { FlowPicture } from "@/canvas/FlowPicture";
import type { Catalog } from "@/core/flow/catalog";
import { decodeFlow } from "@/core/flow/decode";
import { emptyFlow, type Flow, isTrigger } from "@/core/flow/document";
import { wordsScore } from "@/core/search/words";
import { AddedFlows } from "@/ui/AddedFlows";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Empty, ErrorView, Failure, SkeletonRows } from "@/ui/Feedback";
import { SearchBox } from "@/ui/Fields";
import { Tile } from "@/ui/icons";
import { byUseCase } from "./useCases";

/** Where a flow begins: empty, from a file or a text, or as a copy of one that ships with the product. */
export function TemplatesPage() {
  const [query, setQuery] = useState("");
  return (
    <>
      <header className="page-head">
        <h1>Templates</h1>
        <SearchBox label="Search templates" value={query} onChange={setQuery} className="page-search" />
        <span className="grow" />
        <Link to="/flows" className="btn">
          All flows
        </Link>
      </header>
      <div className="page-body">
        <Beginnings />
        <Templates query={query} />
      </div>
    </>
  );
}

/** Ways to begin that need no template. */
export function Beginnings() {
  const { can } = usePermissions();
  const create = useCreateFlow();
  const [pasting, setPasting] = useState(false);
  return (
    <div className="beginnings">
      {can("flow.write") && (
        <Button
          look="primary"
          busy={create.isPending}
          onClick={() => create.mutate(emptyFlow("Untitled flow"))}
          data-testid="empty-flow"
        >
          <Plus size={15} aria-hidden /> Empty flow
        </Button>
      )}
      {can("import") && (
        <Link to="/import" className="btn">
          <FileDown size={15} aria-hidden /> Import a file
        </Link>
      )}
      {can("flow.write") && (
        <Button onClick={() => setPasting(true)} data-testid="paste-flow">
          <ClipboardPaste size={15} aria-hidden /> Paste a flow…
        </Button>
      )}
      {create.isError && <ErrorView error={create.error} />}
      {pasting && <PasteDialog onClose={() => setPasting(false)} />}
    </div>
  );
}

/** The flows of the library, each with its picture; one that is chosen becomes a flow of one's own. */
export function Templates({ query = "", most }: { query?: string; most?: number }) {
  const library = useQuery(libraryQuery);
  const catalog = useQuery(catalogQuery);
  const make = useAdoptFlow();
  const open = useOpenFlow();
  const { can } = usePermissions();
  const found = useMemo(() => {
    const items = (library.data?.items ?? []).map((t) => ({
      ...t,
      score: wordsScore(
        query,
        t.flow.name,
        `${t.flow.description ?? ""} ${(t.flow.labels ?? []).join(" ")} ${t.flow.nodes.map((n) => n.type).join(" ")}`,
      ),
    }));
    const list = items.filter((t) => t.score > 0).sort((a, b) => b.score - a.score);
    return most === undefined ? list : list.filter((t) => FIRST.includes(t.name)).slice(0, most);
  }, [library.data, query, most]);
  // A few need no order; of what is found, the best is in the first group.
  const groups = useMemo(() => {
    if (most !== undefined) return [{ name: "", items: found }];
    const best = (items: typeof found) => Math.max(...items.map((t) => t.score));
    return byUseCase(found).sort((a, b) => best(b.items) - best(a.items));
  }, [found, most]);
  const failed = library.error ?? catalog.error;
  if (failed) return <ErrorView error={failed} />;
  if (!library.data || !catalog.data) return <SkeletonRows rows={4} />;
  if (found.length === 0)
    return (
      <Empty
        icon={Plus}
        title={`No template matches “${query}”`}
        text="Try another word, or begin with an empty flow."
      />
    );
  return (
    <>
      {make.isError && <ErrorView error={make.error} />}
      {make.data !== undefined && make.data.added.length > 0 && (
        <AddedFlows added={make.data.added} onOpen={() => void open(make.data.id)} />
      )}
      <div className="use-cases" data-testid="templates">
        {groups.map(({ name, items }) => (
          <section key={name} className="use-case" aria-label={name || "Templates"}>
            {name !== "" && <h2>{name}</h2>}
            <ul className="templates">
              {items.map((t) => (
                <li key={t.name}>
                  <Template
                    flow={t.flow}
                    catalog={catalog.data}
                    disabled={!can("flow.write") || make.isPending}
                    onChoose={() => make.mutate({ file: t.name, name: t.flow.name })}
                  />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}

/** What an empty list of flows shows first: an alert, a mail, a person. */
const FIRST = ["edr-alert-triage", "phishing-triage", "contain-host"];

interface TemplateProps {
  flow: Flow;
  catalog: Catalog;
  disabled: boolean;
  onChoose: () => void;
}

function Template({ flow, catalog, disabled, onChoose }: TemplateProps) {
  const pinned = useMemo(() => catalog.pinned(flow.connectors), [catalog, flow]);
  const triggers = [...new Set(flow.nodes.map((n) => n.type).filter(isTrigger))];
  return (
    <button type="button" className="template" disabled={disabled} onClick={onChoose}>
      <span className="template-picture">
        <FlowPicture flow={flow} catalog={pinned} />
      </span>
      <span className="template-text">
        <strong>{plainly(flow.name)}</strong>
        <span className="muted template-about">{flow.description}</span>
        <span className="row template-foot">
          {triggers.map((type) => (
            <Tile key={type} type={type} icon={catalog.get(type)?.icon} small />
          ))}
          <span className="muted">{flow.nodes.length} nodes</span>
        </span>
      </span>
    </button>
  );
}

/** A flow file as text becomes a flow; what is wrong with it is told, with its place, and the text stays. */
function PasteDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const create = useCreateFlow();
  const read = useMemo(() => (text.trim() === "" ? undefined : decodeFlow(text)), [text]);
  const errors = read?.problems.filter((p) => p.severity === "error") ?? [];
  return (
    <Dialog
      open
      onClose={onClose}
      title="Paste a flow"
      description="The text of a flow file, as it is exported or copied."
      wide
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={create.isPending}
            disabled={read?.flow === undefined || errors.length > 0}
            onClick={() => read?.flow && create.mutate(read.flow)}
          >
            Make the flow
          </Button>
        </>
      }
    >
      <textarea
        className="input paste-text"
        aria-label="Text of the flow"
        data-testid="paste-text"
        value={text}
        spellCheck={false}
        onChange={(e) => setText(e.target.value)}
      />
      {errors.length > 0 && (
        <Failure title="This is no flow file that can be read." problems={errors.slice(0, 8)} />
      )}
      {create.isError && <ErrorView error={create.error} />}
    </Dialog>
  );
}
