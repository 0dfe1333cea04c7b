import type { Grant, HostRule, NetworkRule, StreamRule } from "@/api/types";
import { rangeOf } from "@/core/net/network";

/** A row as it is typed; it is read when it is saved. */
export interface HostRow {
  scheme: string;
  host: string;
  port: string;
  methods: string;
  pathPrefix: string;
}

/** A stream of another protocol than HTTP, such as LDAP, DNS or syslog. */
export interface StreamRow {
  encryption: string;
  host: string;
  port: string;
}

export interface NetworkRow {
  cidr: string;
  ports: string;
}

export const NEW_HOST: HostRow = { scheme: "https", host: "", port: "", methods: "", pathPrefix: "" };
export const NEW_STREAM: StreamRow = { encryption: "tls", host: "", port: "" };
export const NEW_NETWORK: NetworkRow = { cidr: "", ports: "" };

export function hostRow(rule: HostRule): HostRow {
  return {
    scheme: rule.scheme || "https",
    host: rule.host,
    port: rule.port ? String(rule.port) : "",
    methods: (rule.methods ?? []).join(", "),
    pathPrefix: rule.pathPrefix ?? "",
  };
}

export function streamRow(rule: StreamRule): StreamRow {
  return { encryption: rule.tls ? "tls" : "none", host: rule.host, port: String(rule.port) };
}

export function networkRow(rule: NetworkRule): NetworkRow {
  return { cidr: rule.cidr, ports: (rule.ports ?? []).join(", ") };
}

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);
const isHost = (text: string) => /^[a-z0-9][a-z0-9.:-]*$/.test(text);
const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

export function hostFault(row: HostRow): string | undefined {
  if (!isHost(row.host))
    return "Name one host exactly, in lower case and without https://, such as api.example.com.";
  if (row.port !== "" && !isPort(row.port)) return "A port is a number from 1 to 65535.";
  if (row.pathPrefix !== "" && !row.pathPrefix.startsWith("/")) return "A path prefix begins with /.";
  return undefined;
}

export function streamFault(row: StreamRow): string | undefined {
  if (!isHost(row.host)) return "Name one host exactly, in lower case, such as dc1.corp.example.";
  return isPort(row.port) ? undefined : "Give its port, a number from 1 to 65535.";
}

export function networkFault(row: NetworkRow): string | undefined {
  if (rangeOf(row.cidr) === undefined)
    return "Write its first address and the length of its prefix, such as 10.20.0.0/16.";
  return words(row.ports).every(isPort)
    ? undefined
    : "Ports are numbers from 1 to 65535, separated by commas.";
}

/** The grant that the rows say; what this page does not show stays as it was. */
export function grantOf(
  hosts: HostRow[],
  streams: StreamRow[],
  networks: NetworkRow[],
  before: Grant,
): Grant {
  return clean({
    ...before,
    http: hosts.map((h) => ({
      ...(h.scheme === "http" ? { scheme: "http" } : {}),
      host: h.host,
      ...(h.port === "" ? {} : { port: Number(h.port) }),
      ...(words(h.methods).length === 0 ? {} : { methods: words(h.methods).map((m) => m.toUpperCase()) }),
      ...(h.pathPrefix === "" ? {} : { pathPrefix: h.pathPrefix }),
    })),
    net: streams.map((n) => ({ host: n.host, port: Number(n.port), tls: n.encryption === "tls" })),
    networks: networks.map((n) => ({
      cidr: n.cidr.trim(),
      ...(words(n.ports).length === 0 ? {} : { ports: words(n.ports).map(Number) }),
    })),
  });
}

/** Without what says nothing, and in one order, so that two grants can be compared. */
export function clean(grant: Grant): Grant {
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
