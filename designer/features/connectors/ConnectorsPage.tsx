import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { LoaderCircle, Plug, Upload } from "lucide-react";
import { useRef } from "react";
import { connectors } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { connectorsQuery } from "@/api/queries";
import type { Connector } from "@/api/types";
import { Button } from "@/ui/Button";
import { DropTarget } from "@/ui/DropTarget";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plural } from "@/ui/format";
import { Tile } from "@/ui/icons";
import { Named } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { ConsentBadge } from "./ConsentBadge";

/** Every connector of this server; a .wasm dropped anywhere here is installed. */
export function ConnectorsPage() {
  const { can } = usePermissions();
  const list = useQuery(connectorsQuery);
  const install = useInstall();
  const picker = useRef<HTMLInputElement>(null);
  const may = can("connector.manage");
  const items = list.data?.items ?? [];
  const take = (files: File[]) => {
    const [file] = files;
    if (!may) return toast("fail", "Your role does not allow installing connectors.");
    if (file !== undefined && !install.isPending) install.mutate(file);
  };
  return (
    <DropTarget onDrop={take} label="Drop a connector's .wasm file to install it">
      <header className="page-head">
        <h1>Connectors</h1>
        <span className="grow" />
        {may && (
          <>
            <input
              ref={picker}
              type="file"
              hidden
              accept=".wasm,application/wasm"
              data-testid="connector-file"
              onChange={(e) => {
                const files = [...(e.target.files ?? [])];
                // The same file may be chosen again after it was built anew.
                e.target.value = "";
                take(files);
              }}
            />
            <Button look="primary" busy={install.isPending} onClick={() => picker.current?.click()}>
              <Upload size={15} aria-hidden /> Install a connector
            </Button>
          </>
        )}
      </header>
      <div className="page-body">
        {install.isError && <ErrorView error={install.error} />}
        {install.isPending && (
          <p className="row" role="status">
            <LoaderCircle size={16} className="spin" aria-hidden /> Checking {install.variables.name}…
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
                  ? "A connector gives flows actions on another system. Drop its .wasm file anywhere here."
                  : "A connector gives flows actions on another system. An administrator can install one."
              }
            >
              {may && <Button onClick={() => picker.current?.click()}>Install a connector</Button>}
            </Empty>
          )}
          {items.length > 0 && <ConnectorList items={items} />}
        </section>
        <p className="muted">
          A connector is one .wasm file, whatever language it was written in. It runs in a sandbox, and
          reaches what an administrator consented to and nothing else.
        </p>
      </div>
    </DropTarget>
  );
}

/** Installs a file, and goes to what it brought: there it is consented to. */
function useInstall() {
  const queries = useQueryClient();
  const go = useNavigate();
  return useMutation({
    mutationFn: (file: File) => connectors.install(file),
    async onSuccess({ connectors: brought }) {
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
    },
  });
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
