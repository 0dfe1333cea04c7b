import { Named, plainly } from "@/ui/Named";
import "./receipts.css";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ReceiptText } from "lucide-react";
import { useRef } from "react";
import type { ReceiptFilter } from "@/api/client";
import { flowsQuery, receiptPages } from "@/api/queries";
import type { Receipt } from "@/api/types";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/Feedback";
import { SearchBox } from "@/ui/Fields";
import { shortId } from "@/ui/format";
import { PagedCard } from "@/ui/PagedCard";
import { Ago } from "@/ui/Time";
import { useDebounced } from "@/ui/useDebounced";
import { ReceiptMark, receiptWord, STATES, sourceWord } from "./words";

const route = getRouteApi("/app/receipts");
const SOURCES = ["webhook", "mailbox", "schedule", "case", "manual"];
/** How often the list is read again: while something is open, and while all is quiet. */
const BUSY_MS = 3_000;
const QUIET_MS = 20_000;

/** All that came in, the newest first, and what became of it. */
export function ReceiptsPage() {
  const filter = route.useSearch();
  const go = route.useNavigate();
  const flows = useQuery(flowsQuery(""));
  const q = useDebounced(filter.q ?? "");
  const list = useInfiniteQuery({
    ...receiptPages({ ...filter, q }),
    refetchInterval: (query) => {
      const rows = query.state.data?.pages.flatMap((page) => page.items) ?? [];
      return rows.some((r) => r.state === "waiting") ? BUSY_MS : QUIET_MS;
    },
    placeholderData: (before) => before,
  });
  const set = (change: ReceiptFilter) => {
    const next = Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const search = useRef<HTMLInputElement>(null);
  const clear = () => {
    void go({ search: {} });
    // The button goes with the filters.
    search.current?.focus();
  };
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const filtered = Object.keys(filter).length > 0;
  // A flow that is deleted, or beyond the first hundred, can still be what the address asks for.
  const unlisted = flows.data?.items.some((f) => f.id === filter.flow) === false ? filter.flow : undefined;
  return (
    <>
      <header className="page-head">
        <h1>Receipts</h1>
        <SearchBox
          ref={search}
          label="Search receipts"
          value={filter.q ?? ""}
          onChange={(text) => set({ q: text })}
          className="page-search"
        />
        <Choice label="Flow" value={filter.flow} onChange={(flow) => set({ flow })} all="All flows">
          {unlisted !== undefined && (
            <option value={unlisted}>{plainly(items[0]?.flowName ?? unlisted)}</option>
          )}
          {flows.data?.items.map((f) => (
            <option key={f.id} value={f.id}>
              {plainly(f.name)}
            </option>
          ))}
        </Choice>
        <Choice
          label="How it came"
          value={filter.trigger}
          onChange={(trigger) => set({ trigger })}
          all="Any trigger"
        >
          {filter.trigger !== undefined && !SOURCES.includes(filter.trigger) && (
            <option value={filter.trigger}>{filter.trigger}</option>
          )}
          {SOURCES.map((s) => (
            <option key={s} value={s}>
              {sourceWord(s)}
            </option>
          ))}
        </Choice>
        <Choice label="State" value={filter.state} onChange={(state) => set({ state })} all="Any state">
          {STATES.map((s) => (
            <option key={s} value={s}>
              {receiptWord(s)}
            </option>
          ))}
        </Choice>
      </header>
      <div className="page-body">
        <PagedCard query={list} shown={items.length} what="receipt" className="receipts-card">
          {items.length > 0 ? (
            <ReceiptTable items={items} />
          ) : (
            <NoReceipts filtered={filtered} onClear={clear} />
          )}
        </PagedCard>
      </div>
    </>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  value: string | undefined;
  onChange: (value: string) => void;
  children: React.ReactNode;
}

function Choice({ label, all, value, onChange, children }: ChoiceProps) {
  return (
    <select
      className="select receipts-filter"
      aria-label={label}
      value={value ?? ""}
      onChange={(e) => onChange(e.target.value)}
    >
      <option value="">{all}</option>
      {children}
    </select>
  );
}

function NoReceipts({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered)
    return (
      <Empty icon={ReceiptText} title="No receipt fits" text="Clear the filters to see all of them.">
        <Button onClick={onClear}>Clear the filters</Button>
      </Empty>
    );
  return (
    <Empty
      icon={ReceiptText}
      title="Nothing came in yet"
      text="Each webhook, mail, time of a schedule and start by hand has its receipt here, with what became of it."
    >
      <Link to="/flows" search={{}} className="btn">
        All flows
      </Link>
    </Empty>
  );
}

function ReceiptTable({ items }: { items: Receipt[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Flow</th>
          <th scope="col">Came by</th>
          <th scope="col">Event</th>
          <th scope="col">When</th>
          <th scope="col">Run</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {items.map((r) => (
          <tr key={r.id} data-testid={`receipt-${r.id}`}>
            <td>
              <ReceiptMark state={r.state} />
            </td>
            <td>
              <Link to="/flows/$id" params={{ id: r.flow }} search={{}}>
                <Named text={r.flowName} />
              </Link>
            </td>
            <td>
              {sourceWord(r.source)} {r.trigger !== "" && <code className="muted">{r.trigger}</code>}
            </td>
            <td className="ellipsis receipt-event" title={r.subject || r.key}>
              {eventOf(r)}
            </td>
            <td className="muted">
              <Ago at={r.at} />
              {r.times > 1 && (
                <>
                  {" · "}
                  <span className="receipt-times">{r.times} times</span>
                </>
              )}
            </td>
            <td>
              {r.run === "" ? (
                <span className="muted">none</span>
              ) : (
                <Link to="/runs/$id" params={{ id: r.run }} search={{}} title={r.run}>
                  <code>{shortId(r.run)}</code>
                </Link>
              )}
            </td>
            <td
              className="receipt-why ellipsis"
              data-state={r.state}
              title={plainly(r.reason?.message ?? "")}
            >
              {plainly(r.reason?.message ?? "")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What it was: its subject, or else the last part of its key, which its sender chose. */
function eventOf(r: Receipt): string {
  if (r.subject !== "") return r.subject;
  const parts = r.key.split("/");
  return parts.length > 3 ? parts.slice(3).join("/") : "";
}
