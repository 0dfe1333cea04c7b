import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { LoaderCircle, Plug, Upload } from "lucide-react";
import { useState } from "react";
import { connectors } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { connectorsQuery } from "@/api/queries";
import type { Connector, Installed } from "@/api/types";
import { DropTarget } from "@/ui/DropTarget";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { FileButton } from "@/ui/FileButton";
import { plural } from "@/ui/format";
import { Tile } from "@/ui/icons";
import { Named } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { ConsentBadge } from "./ConsentBadge";
import { isDocument, type Planned, usePlan } from "./document";
import { OpenAPIDialog } from "./OpenAPIDialog";

const ACCEPTED = ".wasm,application/wasm,.json,.yaml,.yml";

/** Every connector of this server; a .wasm dropped anywhere here is installed, a document becomes one. */
export function ConnectorsPage() {
  const { can } = usePermissions();
  const list = useQuery(connectorsQuery);
  const welcome = useWelcome();
  const install = useMutation({
    mutationFn: (file: File) => connectors.install(file),
    onSuccess: (installed) => welcome(installed),
  });
  const [planned, setPlanned] = useState<Planned>();
  const plan = usePlan(setPlanned);
  const may = can("connector.manage");
  const items = list.data?.items ?? [];
  const busy = install.isPending || plan.isPending;
  const reading = install.isPending ? install.variables : plan.isPending ? plan.variables : undefined;
  const take = (files: File[]) => {
    const [file] = files;
    if (!may) return toast("fail", "Your role does not allow installing connectors.");
    if (file === undefined || busy) return;
    install.reset();
    plan.reset();
    if (isDocument(file.name)) plan.mutate(file);
    else install.mutate(file);
  };
  return (
    <DropTarget onDrop={take} label="Drop a connector's .wasm file, or an OpenAPI document">
      <header className="page-head">
        <h1>Connectors</h1>
        <span className="grow" />
        {may && (
          <FileButton look="primary" busy={busy} field="connector-file" accept={ACCEPTED} onFiles={take}>
            <Upload size={15} aria-hidden /> Install a connector
          </FileButton>
        )}
      </header>
      <div className="page-body">
        {install.isError && <ErrorView error={install.error} />}
        {plan.isError && <ErrorView error={plan.error} />}
        {reading !== undefined && (
          <p className="row" role="status">
            <LoaderCircle size={16} className="spin" aria-hidden /> Checking {reading.name}…
          </p>
        )}
        {list.isError && <ErrorView error={list.error} />}
        <section className="card" aria-label="Installed connectors">
          {list.isPending && <SkeletonRows />}
          {list.isSuccess && items.length === 0 && (
            <Empty
              icon={Plug}
              title="No connectors yet"
              text={
                may
                  ? "A connector gives flows actions on another system. Drop its .wasm file, or the OpenAPI document of that system, anywhere here."
                  : "A connector gives flows actions on another system. An administrator can install one."
              }
            >
              {may && (
                <FileButton field="first-connector-file" accept={ACCEPTED} onFiles={take}>
                  Install a connector
                </FileButton>
              )}
            </Empty>
          )}
          {items.length > 0 && <ConnectorList items={items} />}
        </section>
        <p className="muted">
          A connector is one .wasm file, whatever language it was written in. It runs in a sandbox, and
          reaches what an administrator consented to and nothing else. Of an OpenAPI document, 3.0 or 3.1, in
          JSON or YAML, one is made here.
        </p>
      </div>
      {planned !== undefined && (
        <OpenAPIDialog
          planned={planned}
          onClose={() => setPlanned(undefined)}
          onInstalled={(installed) => {
            setPlanned(undefined);
            void welcome(installed);
          }}
        />
      )}
    </DropTarget>
  );
}

/** Goes to what was installed: there it is consented to. */
function useWelcome() {
  const queries = useQueryClient();
  const go = useNavigate();
  return async ({ connectors: brought }: Installed) => {
    await Promise.all(
      ["connectors", "powers", "catalog", "credential-types"].map((key) =>
        queries.invalidateQueries({ queryKey: [key] }),
      ),
    );
    const [first] = brought ?? [];
    if (first === undefined) return;
    toast(
      "ok",
      brought.length === 1
        ? `Installed ${first.id} ${first.version}.`
        : `Installed ${plural(brought.length, "connector")}.`,
    );
    await go({ to: "/connectors/$name", params: { name: first.id }, search: { version: first.version } });
  };
}

function ConnectorList({ items }: { items: Connector[] }) {
  return (
    <ul className="connector-list" data-testid="connectors">
      {items.map((c) => (
        <Row key={`${c.id} ${c.version}`} connector={c} />
      ))}
    </ul>
  );
}

function Row({ connector: c }: { connector: Connector }) {
  return (
    <li className="connector-row" data-testid={`connector-${c.id}-${c.version}`}>
      <Tile type={c.id} icon={c.icon || "plug"} />
      <div className="connector-text">
        <p className="row">
          <Link
            to="/connectors/$name"
            params={{ name: c.id }}
            search={{ version: c.version }}
            className="connector-link"
          >
            <Named text={c.name || c.id} />
          </Link>
          <code className="muted">
            {c.id} {c.version}
          </code>
        </p>
        <p className="muted ellipsis">{c.description}</p>
      </div>
      <span className="muted connector-actions">{plural((c.actions ?? []).length, "action")}</span>
      <span className="badge">{c.bundled ? "Bundled" : "Installed"}</span>
      <ConsentBadge standing={c.standing} />
    </li>
  );
}
