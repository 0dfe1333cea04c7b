import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, TriangleAlert, X } from "lucide-react";
import { useRef, useState } from "react";
import { connectors } from "@/api/client";
import { powersQuery } from "@/api/queries";
import type { Connector, Grant, HostRule, NetworkRule, Powers } from "@/api/types";
import { networkWarning, rangeOf } from "@/core/net/network";
import { Button, IconButton } from "@/ui/Button";
import { Conflict, conflictOf } from "@/ui/Conflict";
import { ErrorView } from "@/ui/Feedback";
import { toast } from "@/ui/Toasts";

interface GrantsProps {
  connector: Connector;
  powers: Powers;
  may: boolean;
}

/** A row as it is typed; it is read when it is saved. */
interface HostRow {
  scheme: string;
  host: string;
  port: string;
  methods: string;
  pathPrefix: string;
}

interface NetworkRow {
  cidr: string;
  ports: string;
}

/** What an administrator lets a connector reach besides what it asks for: hosts, and private networks. */
export function GrantsCard({ connector: c, powers, may }: GrantsProps) {
  const queries = useQueryClient();
  const [hosts, setHosts] = useState<HostRow[]>(() => (powers.grant.http ?? []).map(hostRow));
  const [networks, setNetworks] = useState<NetworkRow[]>(() => (powers.grant.networks ?? []).map(networkRow));
  const [added, setAdded] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const save = useMutation({
    mutationFn: (from: Powers) =>
      connectors.savePowers(
        c.id,
        c.version,
        from.revision,
        from.consented,
        grantOf(from.grant, hosts, networks),
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
    setNetworks((theirs.grant.networks ?? []).map(networkRow));
    save.reset();
  };
  const wrong = hosts.some((h) => hostFault(h)) || networks.some((n) => networkFault(n));
  const same = JSON.stringify(grantOf(powers.grant, hosts, networks)) === JSON.stringify(clean(powers.grant));
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
        <fieldset disabled={!may} className="grant-part">
          <legend>Hosts</legend>
          {hosts.length === 0 && <p className="muted">None besides those that it asks for.</p>}
          {hosts.map((row, i) => (
            <HostFields
              key={i}
              row={row}
              may={may}
              fresh={added}
              onChange={(next) => setHosts(hosts.with(i, next))}
              onRemove={() => setHosts(hosts.toSpliced(i, 1))}
            />
          ))}
          {may && (
            <Button
              small
              onClick={() => {
                setAdded(true);
                setHosts([...hosts, NEW_HOST]);
              }}
              data-testid="add-host"
            >
              <Plus size={14} aria-hidden /> Add a host
            </Button>
          )}
        </fieldset>
        <fieldset disabled={!may} className="grant-part">
          <legend>Networks</legend>
          {networks.length === 0 && <p className="muted">None: it reaches public addresses alone.</p>}
          {networks.map((row, i) => (
            <NetworkFields
              key={i}
              row={row}
              may={may}
              fresh={added}
              onChange={(next) => setNetworks(networks.with(i, next))}
              onRemove={() => setNetworks(networks.toSpliced(i, 1))}
            />
          ))}
          {may && (
            <Button
              small
              onClick={() => {
                setAdded(true);
                setNetworks([...networks, { cidr: "", ports: "" }]);
              }}
              data-testid="add-network"
            >
              <Plus size={14} aria-hidden /> Add a network
            </Button>
          )}
        </fieldset>
      </div>
    </section>
  );
}

function reachText(grant: Grant): string {
  const places = [...(grant.http ?? []).map((h) => h.host), ...(grant.networks ?? []).map((n) => n.cidr)];
  return places.length === 0 ? "nothing besides what it asks for" : places.join(", ");
}

const NEW_HOST: HostRow = { scheme: "https", host: "", port: "", methods: "", pathPrefix: "" };

interface FieldsProps<T> {
  row: T;
  may: boolean;
  /** It was added by hand just now, and takes the focus. */
  fresh: boolean;
  onChange: (row: T) => void;
  onRemove: () => void;
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
      {row.scheme === "http" && (
        <Warning>
          Unencrypted: whoever is on the way can read and change what is sent, credentials included.
        </Warning>
      )}
    </div>
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

function hostRow(rule: HostRule): HostRow {
  return {
    scheme: rule.scheme || "https",
    host: rule.host,
    port: rule.port ? String(rule.port) : "",
    methods: (rule.methods ?? []).join(", "),
    pathPrefix: rule.pathPrefix ?? "",
  };
}

function networkRow(rule: NetworkRule): NetworkRow {
  return { cidr: rule.cidr, ports: (rule.ports ?? []).join(", ") };
}

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);
const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

function hostFault(row: HostRow): string | undefined {
  if (!/^[a-z0-9][a-z0-9.:-]*$/.test(row.host))
    return "Name one host exactly, in lower case and without https://, such as api.example.com.";
  if (row.port !== "" && !isPort(row.port)) return "A port is a number from 1 to 65535.";
  if (row.pathPrefix !== "" && !row.pathPrefix.startsWith("/")) return "A path prefix begins with /.";
  return undefined;
}

function networkFault(row: NetworkRow): string | undefined {
  if (rangeOf(row.cidr) === undefined)
    return "Write its first address and the length of its prefix, such as 10.20.0.0/16.";
  return words(row.ports).every(isPort)
    ? undefined
    : "Ports are numbers from 1 to 65535, separated by commas.";
}

/** The grant that the rows say; what this page does not show stays as it was. */
function grantOf(before: Grant, hosts: HostRow[], networks: NetworkRow[]): Grant {
  return clean({
    ...before,
    http: hosts.map((h) => ({
      ...(h.scheme === "http" ? { scheme: "http" } : {}),
      host: h.host,
      ...(h.port === "" ? {} : { port: Number(h.port) }),
      ...(words(h.methods).length === 0 ? {} : { methods: words(h.methods).map((m) => m.toUpperCase()) }),
      ...(h.pathPrefix === "" ? {} : { pathPrefix: h.pathPrefix }),
    })),
    networks: networks.map((n) => ({
      cidr: n.cidr.trim(),
      ...(words(n.ports).length === 0 ? {} : { ports: words(n.ports).map(Number) }),
    })),
  });
}

/** Without what says nothing, and in one order, so that two grants can be compared. */
function clean(grant: Grant): Grant {
  const http = (grant.http ?? []).map((h) => ({
    ...(h.scheme === "http" ? { scheme: "http" } : {}),
    host: h.host,
    ...(h.port ? { port: h.port } : {}),
    ...(h.methods?.length ? { methods: h.methods } : {}),
    ...(h.pathPrefix ? { pathPrefix: h.pathPrefix } : {}),
  }));
  const networks = (grant.networks ?? []).map((n) => ({
    cidr: n.cidr,
    ...(n.ports?.length ? { ports: n.ports } : {}),
  }));
  return {
    ...(http.length > 0 ? { http } : {}),
    ...(grant.net?.length ? { net: grant.net } : {}),
    ...(grant.kv ? { kv: true } : {}),
    ...(networks.length > 0 ? { networks } : {}),
  };
}
