import "./assets.css";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronRight, FileDown, HardDrive, Plus } from "lucide-react";
import { useState } from "react";
import { type Asset, assetPages, findingsQuery } from "@/api/assets";
import { usePermissions } from "@/api/permissions";
import { Button } from "@/ui/Button";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { SearchBox, Segments } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { PagedCard } from "@/ui/PagedCard";
import { Ago } from "@/ui/Time";
import { useDebounced } from "@/ui/useDebounced";
import { AssetDialog, ImportDialog } from "./dialogs";

const route = getRouteApi("/app/inventory");
const VIEWS = [
  { value: "", label: "All" },
  { value: "exploited", label: "Exploited" },
] as const;

/** What the organisation has, each with what it is worth and the findings in it. */
export function AssetsPage() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const q = useDebounced(search.q ?? "");
  const may = usePermissions();
  const [dialog, setDialog] = useState<"import" | "put" | Asset>();
  const list = useInfiniteQuery({
    ...assetPages({
      ...(q === "" ? {} : { q }),
      ...(search.view === "exploited" ? { exploited: "true" } : {}),
    }),
    placeholderData: (before) => before,
  });
  const set = (change: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const works = may.can("case.work");
  const why = may.why("case.work");
  const narrowed = q !== "" || search.view !== undefined;
  return (
    <>
      <header className="page-head">
        <h1>Assets</h1>
        <SearchBox
          label="Search assets"
          value={search.q ?? ""}
          onChange={(text) => set({ q: text })}
          className="page-search"
        />
        <span className="grow" />
        <Button disabled={!works} title={why} onClick={() => setDialog("import")}>
          <FileDown size={15} aria-hidden /> Import CSV
        </Button>
        <Button look="primary" disabled={!works} title={why} onClick={() => setDialog("put")}>
          <Plus size={15} aria-hidden /> Add an asset
        </Button>
      </header>
      <div className="page-body">
        <div className="row">
          <Segments
            label="View"
            value={search.view === "exploited" ? "exploited" : ""}
            options={VIEWS}
            onChange={(view) => set({ view })}
          />
        </div>
        <PagedCard query={list} shown={items.length} what="asset" className="assets-card">
          {items.length > 0 ? (
            <AssetTable items={items} onEdit={works ? setDialog : undefined} />
          ) : (
            <Empty
              icon={HardDrive}
              title={narrowed ? "No asset fits" : "No assets yet"}
              text={
                narrowed
                  ? "Clear the filters to see all."
                  : "Import a CSV file of an inventory or a scanner, or let a flow keep them with “Keep assets”."
              }
            >
              {narrowed && <Button onClick={() => set({ q: "", view: "" })}>Clear the filters</Button>}
            </Empty>
          )}
        </PagedCard>
      </div>
      {dialog === "import" && <ImportDialog onClose={() => setDialog(undefined)} />}
      {dialog !== undefined && dialog !== "import" && (
        <AssetDialog asset={dialog === "put" ? undefined : dialog} onClose={() => setDialog(undefined)} />
      )}
    </>
  );
}

interface TableProps {
  items: readonly Asset[];
  onEdit: ((asset: Asset) => void) | undefined;
}

function AssetTable({ items, onEdit }: TableProps) {
  const [open, setOpen] = useState<string>();
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Kind</th>
          <th scope="col">Known by</th>
          <th scope="col">Owner</th>
          <th scope="col">Criticality</th>
          <th scope="col">Value</th>
          <th scope="col">Open findings</th>
          <th scope="col">
            <span className="hidden-text">Change</span>
          </th>
        </tr>
      </thead>
      {items.map((a) => (
        <tbody key={a.id} data-testid={`asset-${a.name}`}>
          <tr>
            <td>{plainly(a.name)}</td>
            <td>{a.kind}</td>
            <td className="asset-known">{a.identifiers.map((i) => plainly(i.value)).join(", ")}</td>
            <td>{a.owner === "" ? <span className="muted">nobody</span> : plainly(a.owner)}</td>
            <td>{a.criticality} of 5</td>
            <td>
              {a.value > 0 ? (
                `${a.value.toLocaleString("en")} ${a.currency}`
              ) : (
                <span className="muted">—</span>
              )}
            </td>
            <td>
              {a.findings === 0 ? (
                <span className="muted">none</span>
              ) : (
                <button
                  type="button"
                  className="asset-open"
                  aria-expanded={open === a.id}
                  onClick={() => setOpen(open === a.id ? undefined : a.id)}
                >
                  <ChevronRight
                    size={14}
                    aria-hidden
                    className="asset-chevron"
                    data-open={open === a.id || undefined}
                  />
                  {a.findings}
                  {a.exploited > 0 && <span className="asset-exploited">{a.exploited} exploited</span>}
                  <span className="hidden-text"> findings of {plainly(a.name)}</span>
                </button>
              )}
            </td>
            <td>
              {onEdit !== undefined && (
                <Button small onClick={() => onEdit(a)}>
                  Change<span className="hidden-text"> {plainly(a.name)}</span>
                </Button>
              )}
            </td>
          </tr>
          {open === a.id && (
            <tr>
              <td colSpan={8}>
                <Findings asset={a} />
              </td>
            </tr>
          )}
        </tbody>
      ))}
    </table>
  );
}

function Findings({ asset }: { asset: Asset }) {
  const list = useQuery(findingsQuery(asset.id));
  if (list.isError) return <ErrorView error={list.error} />;
  if (list.isPending) return <SkeletonRows rows={2} height={24} />;
  return (
    <ul className="asset-findings" aria-label={`Findings of ${plainly(asset.name)}`}>
      {list.data.items.map((f) => (
        <li key={f.id}>
          <strong>{plainly(f.cve ?? f.title)}</strong> {f.cve !== undefined && plainly(f.title)}{" "}
          {f.exploited && <span className="asset-exploited">exploited</span>}{" "}
          <span className="muted">
            {f.severity}
            {f.cvss !== undefined && `, CVSS ${f.cvss}`}
            {f.epss !== undefined && `, EPSS ${f.epss}`}, {f.state.replaceAll("_", " ")}
            {f.source !== "" && `, ${plainly(f.source)}`}, seen <Ago at={f.lastSeen} />
          </span>
        </li>
      ))}
    </ul>
  );
}
