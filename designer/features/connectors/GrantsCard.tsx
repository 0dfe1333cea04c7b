import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, TriangleAlert, X } from "lucide-react";
import { useRef, useState } from "react";
import { connectors } from "@/api/client";
import { powersQuery } from "@/api/queries";
import type { Connector, Grant, Powers } from "@/api/types";
import { networkWarning } from "@/core/net/network";
import { Button, IconButton } from "@/ui/Button";
import { Conflict, conflictOf } from "@/ui/Conflict";
import { ErrorView } from "@/ui/Feedback";
import { toast } from "@/ui/Toasts";
import {
  clean,
  grantOf,
  type HostRow,
  hostFault,
  hostRow,
  NEW_HOST,
  NEW_NETWORK,
  NEW_STREAM,
  type NetworkRow,
  networkFault,
  networkRow,
  type StreamRow,
  streamFault,
  streamRow,
} from "./grantRows";

interface GrantsProps {
  connector: Connector;
  powers: Powers;
  may: boolean;
}

/** What an administrator lets a connector reach besides what it asks for: hosts, and private networks. */
export function GrantsCard({ connector: c, powers, may }: GrantsProps) {
  const queries = useQueryClient();
  const [hosts, setHosts] = useState<HostRow[]>(() => (powers.grant.http ?? []).map(hostRow));
  const [streams, setStreams] = useState<StreamRow[]>(() => (powers.grant.net ?? []).map(streamRow));
  const [networks, setNetworks] = useState<NetworkRow[]>(() => (powers.grant.networks ?? []).map(networkRow));
  const title = useRef<HTMLHeadingElement>(null);
  const save = useMutation({
    mutationFn: (from: Powers) =>
      connectors.savePowers(
        c.id,
        c.version,
        from.revision,
        from.consented,
        grantOf(hosts, streams, networks, from.grant),
      ),
    onSuccess(saved) {
      queries.setQueryData(powersQuery(c.id, c.version).queryKey, saved);
      // What there is nothing to save of can't keep the focus.
      title.current?.focus();
      toast("ok", "Saved what it may reach.");
    },
  });
  const first = conflictOf<Powers>(save.error, "powers");
  const takeTheirs = (theirs: Powers) => {
    queries.setQueryData(powersQuery(c.id, c.version).queryKey, theirs);
    setHosts((theirs.grant.http ?? []).map(hostRow));
    setStreams((theirs.grant.net ?? []).map(streamRow));
    setNetworks((theirs.grant.networks ?? []).map(networkRow));
    save.reset();
  };
  const wrong = hosts.some(hostFault) || streams.some(streamFault) || networks.some(networkFault);
  const same =
    JSON.stringify(grantOf(hosts, streams, networks, powers.grant)) === JSON.stringify(clean(powers.grant));
  return (
    <section className="card" aria-labelledby="grants-title" data-testid="grants">
      <div className="card-head">
        <div className="grow">
          <h2 id="grants-title" ref={title} tabIndex={-1}>
            What you let it reach besides
          </h2>
          <p className="muted">
            For all versions of {c.id}. Private networks, and this machine itself, are out of reach unless
            they stand here.
          </p>
        </div>
        {may && (
          <Button
            look="primary"
            busy={save.isPending}
            disabled={same || wrong}
            onClick={() => save.mutate(powers)}
            data-testid="save-grants"
          >
            Save
          </Button>
        )}
      </div>
      <div className="card-body grants">
        {save.isError && first === undefined && <ErrorView error={save.error} />}
        {first !== undefined && (
          <Conflict
            conflict={first}
            what="what this connector may reach"
            busy={save.isPending}
            onTheirs={() => takeTheirs(first.theirs)}
            onMine={() => save.mutate(first.theirs)}
          >
            <p className="muted">Theirs: {reachText(first.theirs.grant)}.</p>
          </Conflict>
        )}
        <Rows
          legend="Hosts"
          none="None besides those that it asks for."
          add="Add a host"
          testid="add-host"
          rows={hosts}
          empty={NEW_HOST}
          may={may}
          onChange={setHosts}
          Fields={HostFields}
        />
        <Rows
          legend="Streams"
          none="None besides those that it asks for."
          add="Add a stream"
          testid="add-stream"
          rows={streams}
          empty={NEW_STREAM}
          may={may}
          onChange={setStreams}
          Fields={StreamFields}
        />
        <Rows
          legend="Networks"
          none="None: it reaches public addresses alone."
          add="Add a network"
          testid="add-network"
          rows={networks}
          empty={NEW_NETWORK}
          may={may}
          onChange={setNetworks}
          Fields={NetworkFields}
        />
      </div>
    </section>
  );
}

function reachText(grant: Grant): string {
  const places = [
    ...(grant.http ?? []).map((h) => h.host),
    ...(grant.net ?? []).map((n) => `${n.host}:${n.port}`),
    ...(grant.networks ?? []).map((n) => n.cidr),
  ];
  return places.length === 0 ? "nothing besides what it asks for" : places.join(", ");
}

interface FieldsProps<T> {
  row: T;
  may: boolean;
  /** It was added by hand just now, and takes the focus. */
  fresh: boolean;
  onChange: (row: T) => void;
  onRemove: () => void;
}

interface RowsProps<T> {
  legend: string;
  none: string;
  add: string;
  testid: string;
  rows: T[];
  empty: T;
  may: boolean;
  onChange: (rows: T[]) => void;
  Fields: (props: FieldsProps<T>) => React.ReactNode;
}

/** The rows of one kind of grant, with what adds one. */
function Rows<T>({ legend, none, add, testid, rows, empty, may, onChange, Fields }: RowsProps<T>) {
  const [added, setAdded] = useState(false);
  return (
    <fieldset disabled={!may} className="grant-part">
      <legend>{legend}</legend>
      {rows.length === 0 && <p className="muted">{none}</p>}
      {rows.map((row, i) => (
        <Fields
          key={i}
          row={row}
          may={may}
          fresh={added}
          onChange={(next) => onChange(rows.with(i, next))}
          onRemove={() => onChange(rows.toSpliced(i, 1))}
        />
      ))}
      {may && (
        <Button
          small
          onClick={() => {
            setAdded(true);
            onChange([...rows, empty]);
          }}
          data-testid={testid}
        >
          <Plus size={14} aria-hidden /> {add}
        </Button>
      )}
    </fieldset>
  );
}

function HostFields({ row, may, fresh, onChange, onRemove }: FieldsProps<HostRow>) {
  const set = (key: keyof HostRow) => (value: string) => onChange({ ...row, [key]: value });
  const fault = row.host === "" ? undefined : hostFault(row);
  return (
    <div className="grant-row">
      <div className="grant-fields grant-host">
        <label className="grant-cell">
          Scheme
          <select className="select" value={row.scheme} onChange={(e) => set("scheme")(e.target.value)}>
            <option value="https">https</option>
            <option value="http">http</option>
          </select>
        </label>
        <Cell
          label="Host"
          value={row.host}
          onChange={set("host")}
          placeholder="api.example.com"
          wrong={fault}
          fresh={fresh}
        />
        <Cell label="Port" value={row.port} onChange={set("port")} placeholder="443" />
        <Cell label="Methods" value={row.methods} onChange={set("methods")} placeholder="All methods" />
        <Cell
          label="Path prefix"
          value={row.pathPrefix}
          onChange={set("pathPrefix")}
          placeholder="All paths"
        />
        {may && <Remove what={row.host || "the host"} onRemove={onRemove} />}
      </div>
      {fault !== undefined && <p className="field-error">{fault}</p>}
      {row.scheme === "http" && <Unencrypted />}
    </div>
  );
}

function StreamFields({ row, may, fresh, onChange, onRemove }: FieldsProps<StreamRow>) {
  const set = (key: keyof StreamRow) => (value: string) => onChange({ ...row, [key]: value });
  const fault = row.host === "" ? undefined : streamFault(row);
  return (
    <div className="grant-row">
      <div className="grant-fields grant-stream">
        <label className="grant-cell">
          Encryption
          <select
            className="select"
            value={row.encryption}
            onChange={(e) => set("encryption")(e.target.value)}
          >
            <option value="tls">TLS</option>
            <option value="none">None</option>
          </select>
        </label>
        <Cell
          label="Host"
          value={row.host}
          onChange={set("host")}
          placeholder="dc1.corp.example"
          wrong={fault}
          fresh={fresh}
        />
        <Cell label="Port" value={row.port} onChange={set("port")} placeholder="636" />
        {may && <Remove what={row.host || "the stream"} onRemove={onRemove} />}
      </div>
      {fault !== undefined && <p className="field-error">{fault}</p>}
      {row.encryption === "none" && <Unencrypted />}
    </div>
  );
}

function Unencrypted() {
  return (
    <Warning>
      Unencrypted: whoever is on the way can read and change what is sent, credentials included.
    </Warning>
  );
}

function NetworkFields({ row, may, fresh, onChange, onRemove }: FieldsProps<NetworkRow>) {
  const fault = row.cidr === "" ? undefined : networkFault(row);
  const warning = networkWarning(row.cidr);
  return (
    <div className="grant-row">
      <div className="grant-fields grant-network">
        <Cell
          label="Network"
          value={row.cidr}
          onChange={(cidr) => onChange({ ...row, cidr })}
          placeholder="10.20.0.0/16"
          wrong={fault}
          fresh={fresh}
        />
        <Cell
          label="Ports"
          value={row.ports}
          onChange={(ports) => onChange({ ...row, ports })}
          placeholder="All ports, or 443, 8443"
        />
        {may && <Remove what={row.cidr || "the network"} onRemove={onRemove} />}
      </div>
      {fault !== undefined && <p className="field-error">{fault}</p>}
      {warning !== undefined && (
        <Warning>
          {row.cidr} {warning}. Grant it only where the connector is meant for just that.
        </Warning>
      )}
    </div>
  );
}

interface CellProps {
  label: string;
  value: string;
  placeholder: string;
  wrong?: string | undefined;
  fresh?: boolean;
  onChange: (value: string) => void;
}

function Cell({ label, value, placeholder, wrong, fresh = false, onChange }: CellProps) {
  return (
    <label className="grant-cell">
      {label}
      <input
        className="input"
        aria-invalid={wrong !== undefined}
        placeholder={placeholder}
        value={value}
        spellCheck={false}
        autoComplete="off"
        // A row that was added is filled in from its first field on.
        autoFocus={fresh}
        onChange={(e) => onChange(e.target.value)}
      />
    </label>
  );
}

function Remove({ what, onRemove }: { what: string; onRemove: () => void }) {
  return (
    <IconButton label={`Remove ${what}`} onClick={onRemove}>
      <X size={14} aria-hidden />
    </IconButton>
  );
}

function Warning({ children }: { children: React.ReactNode }) {
  return (
    <p className="grant-warning" role="alert">
      <TriangleAlert size={15} aria-hidden />
      <span>{children}</span>
    </p>
  );
}
