import { action, badInput, type Context, connector, s } from "drawbridge";
import { json, listOf, type Outside, originOf, placeFields, type Query } from "../api.ts";

const limit = s.integer({
  title: "Limit",
  description: "At most so many.",
  default: 50,
  minimum: 1,
  maximum: 1000,
});
const counted = {
  count: s.integer("How many there are."),
  more: s.boolean("There are more than the limit."),
};

/** Reads pages until there are enough; the server may give fewer a page than asked for. */
function rows(ctx: Context, path: string, most: number, query: Query) {
  const out: Outside[] = [];
  let count = 0;
  for (let more = true; more && out.length < most; ) {
    const page = json(ctx, `${originOf(ctx)}/api/${path}/`, {
      query: { ...query, limit: most - out.length, offset: out.length },
    });
    const got = listOf<Outside>(page.results);
    out.push(...got);
    count = Number(page.count ?? out.length);
    more = page.next !== null && page.next !== undefined && got.length > 0;
  }
  return { found: out.slice(0, most), count, more: count > most };
}

function given(query: Query): Query {
  if (Object.values(query).every((v) => v === undefined || v === ""))
    throw badInput("", "give at least one filter");
  return query;
}
const nameOf = (of: Outside): string => of?.name ?? of?.display ?? "";
const tagsOf = (of: Outside): string[] => listOf<Outside>(of.tags).map((t) => t.name ?? "");

const text = (title: string, description: string, example?: string) =>
  s.optional(
    s.string({ title, description, minLength: 1, ...(example === undefined ? {} : { examples: [example] }) }),
  );

export default connector({
  id: "netbox",
  version: "1.0.0",
  name: "NetBox",
  description: "Says whose devices, addresses and networks are, by NetBox.",
  category: "Assets",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><rect x='3' y='4' width='18' height='6' rx='1'/><rect x='3' y='14' width='18' height='6' rx='1'/><path d='M7 7h.01M7 17h.01M12 10v4'/></svg>",
  credentials: [
    {
      type: "netbox.token",
      apply: "header",
      name: "Authorization",
      value: "Token {token}",
      fields: placeFields("token", "API token"),
    },
  ],
  capabilities: { http: [{ host: "*", methods: ["GET"], reason: "To read your inventory." }] },
  actions: {
    devices: action({
      name: "Find devices",
      description: "Finds devices by name, serial number, site or whatever NetBox searches in.",
      effect: "read",
      idempotent: true,
      input: s.object({
        name: text("Name", "Exactly.", "nb-017"),
        search: text("Search", "In names, serial numbers, tags and comments."),
        serial: text("Serial number", "Exactly."),
        site: text("Site", "Its slug.", "berlin"),
        tag: text("Tag", "Its slug.", "vip"),
        limit,
      }),
      output: s.object({
        devices: s.list(
          s.object({
            id: s.integer(),
            name: s.string(),
            status: s.string(),
            role: s.string(),
            site: s.string(),
            tenant: s.string(),
            model: s.string("Its maker and type."),
            serial: s.string(),
            ip: s.string("Its primary address, without the prefix's length; empty if none."),
            tags: s.list(s.string()),
            fields: s.record(s.any(), "Custom fields, such as an owner."),
            link: s.string("The page for people."),
          }),
        ),
        ...counted,
      }),
      examples: [
        {
          name: "by name",
          input: { name: "nb-017" },
          output: {
            count: 1,
            devices: [
              {
                id: 17,
                ip: "10.1.2.17",
                site: "Berlin",
                model: "Example X1",
                fields: { owner: "reporter@example.com" },
              },
            ],
          },
        },
        {
          name: "by a tag, over two pages",
          input: { tag: "vip" },
          output: { count: 3, more: false, devices: [{}, {}, { name: "nb-019" }] },
        },
        { name: "no filter", input: {}, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const { name, search, serial, site, tag } = input;
        const { found, ...rest } = rows(
          ctx,
          "dcim/devices",
          input.limit,
          given({ name, q: search, serial, site, tag }),
        );
        return {
          devices: found.map((d) => ({
            id: Number(d.id),
            name: d.name ?? "",
            status: d.status?.value ?? "",
            role: nameOf(d.role ?? d.device_role),
            site: nameOf(d.site),
            tenant: nameOf(d.tenant),
            model: `${nameOf(d.device_type?.manufacturer)} ${d.device_type?.model ?? ""}`.trim(),
            serial: d.serial ?? "",
            ip: String(d.primary_ip?.address ?? "").split("/")[0] ?? "",
            tags: tagsOf(d),
            fields: d.custom_fields ?? {},
            link: d.display_url ?? `${originOf(ctx)}/dcim/devices/${d.id}/`,
          })),
          ...rest,
        };
      },
    }),
    ip_addresses: action({
      name: "Find IP addresses",
      description: "Finds addresses, and the device that has them.",
      effect: "read",
      idempotent: true,
      input: s.object({
        address: text("Address", "With or without the prefix's length.", "10.1.2.17"),
        parent: text("In network", "In CIDR form.", "10.1.2.0/24"),
        dnsName: text("DNS name", "Exactly.", "nb-017.corp.example"),
        limit,
      }),
      output: s.object({
        addresses: s.list(
          s.object({
            id: s.integer(),
            address: s.string("With the prefix's length."),
            status: s.string(),
            dnsName: s.string(),
            device: s.string("That has it; empty if none."),
            interface: s.string(),
            vrf: s.string(),
            tenant: s.string(),
            description: s.string(),
            tags: s.list(s.string()),
          }),
        ),
        ...counted,
      }),
      examples: [
        {
          name: "whose it is",
          input: { address: "10.1.2.17" },
          output: { addresses: [{ device: "nb-017", interface: "eth0", dnsName: "nb-017.corp.example" }] },
        },
        { name: "unknown", input: { address: "192.0.2.1" }, output: { addresses: [], count: 0 } },
        { name: "no address", input: { address: "nb.example" }, error: { code: "http_400" } },
      ],
      run(input, ctx) {
        const query = given({ address: input.address, parent: input.parent, dns_name: input.dnsName });
        const { found, ...rest } = rows(ctx, "ipam/ip-addresses", input.limit, query);
        return {
          addresses: found.map((a) => ({
            id: Number(a.id),
            address: a.address ?? "",
            status: a.status?.value ?? "",
            dnsName: a.dns_name ?? "",
            device: nameOf(a.assigned_object?.device ?? a.assigned_object?.virtual_machine),
            interface: nameOf(a.assigned_object),
            vrf: nameOf(a.vrf),
            tenant: nameOf(a.tenant),
            description: a.description ?? "",
            tags: tagsOf(a),
          })),
          ...rest,
        };
      },
    }),
    prefixes: action({
      name: "Find networks",
      description: "Finds the networks that an address is in, the smallest last.",
      effect: "read",
      idempotent: true,
      input: s.object({
        contains: s.string({
          title: "Address",
          description: "Or a network in CIDR form.",
          minLength: 2,
          examples: ["10.1.2.17"],
        }),
        limit,
      }),
      output: s.object({
        networks: s.list(
          s.object({
            id: s.integer(),
            prefix: s.string("In CIDR form."),
            status: s.string(),
            site: s.string(),
            vlan: s.string("Its number and name."),
            vrf: s.string(),
            role: s.string(),
            description: s.string(),
          }),
        ),
        ...counted,
      }),
      examples: [
        {
          name: "of a client",
          input: { contains: "10.1.2.17" },
          output: { networks: [{ prefix: "10.1.2.0/24", vlan: "120 clients", site: "Berlin" }] },
        },
      ],
      run(input, ctx) {
        const { found, ...rest } = rows(ctx, "ipam/prefixes", input.limit, { contains: input.contains });
        return {
          networks: found.map((p) => ({
            id: Number(p.id),
            prefix: p.prefix ?? "",
            status: p.status?.value ?? "",
            site: nameOf(p.scope ?? p.site),
            vlan: p.vlan ? `${p.vlan.vid} ${nameOf(p.vlan)}` : "",
            vrf: nameOf(p.vrf),
            role: nameOf(p.role),
            description: p.description ?? "",
          })),
          ...rest,
        };
      },
    }),
  },
});
