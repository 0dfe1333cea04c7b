import { action, connector, fail, s } from "drawbridge";
import { json, listOf, type Outside, object, originOf, placeFields, send, sound, timeOf } from "../api.ts";

const kinds = { sighting: "0", false_positive: "1", expiration: "2" } as const;

export default connector({
  id: "misp",
  version: "1.0.0",
  name: "MISP",
  description: "Finds indicators in a MISP instance, and tells it where they were seen.",
  category: "Intelligence",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><circle cx='12' cy='5' r='2'/><circle cx='5' cy='18' r='2'/><circle cx='19' cy='18' r='2'/><path d='m11 7-5 9M13 7l5 9M7 18h10'/></svg>",
  credentials: [
    {
      type: "misp.key",
      apply: "header",
      name: "Authorization",
      value: "{key}",
      fields: placeFields("key", "Authentication key"),
    },
  ],
  capabilities: {
    http: [{ host: "*", methods: ["POST"], reason: "To search your instance, and to add sightings." }],
  },
  actions: {
    search: action({
      name: "Search attributes",
      description: "Finds attributes of events by their values.",
      effect: "read",
      idempotent: true,
      input: s.object({
        values: s.list(s.string({ minLength: 1 }), {
          title: "Values",
          description: "Addresses, domains, hashes; % stands for any text.",
          minItems: 1,
          maxItems: 500,
        }),
        types: s.optional(
          s.list(s.string(), { title: "Types", description: "Such as ip-dst, domain, sha256." }),
        ),
        tags: s.optional(
          s.list(s.string(), { title: "Tags", description: "One that begins with ! is left out." }),
        ),
        days: s.optional(
          s.integer({
            title: "Days",
            description: "Only events that were published within so many days.",
            minimum: 1,
            maximum: 3650,
          }),
        ),
        forIDS: s.boolean({
          title: "For detection",
          description: "Only what is marked for detection (to_ids).",
          default: false,
        }),
        limit: s.integer({
          title: "Limit",
          description: "At most so many.",
          default: 100,
          minimum: 1,
          maximum: 2000,
        }),
      }),
      output: s.object({
        attributes: s.list(
          s.object({
            id: s.string(),
            uuid: s.string(),
            value: s.string(),
            type: s.string(),
            category: s.string(),
            comment: s.string(),
            forIDS: s.boolean(),
            changed: s.optional(s.string({ format: "date-time" })),
            tags: s.list(s.string()),
            event: s.object({
              id: s.string(),
              info: s.string(),
              organisation: s.string(),
              threat: s.enum(["high", "medium", "low", "undefined"]),
              link: s.string("The page for people."),
            }),
          }),
        ),
        found: s.list(s.string(), "The values that are there."),
        more: s.boolean("There may be more than the limit."),
      }),
      examples: [
        {
          name: "an address of a campaign",
          input: { values: ["198.51.100.7", "203.0.113.9"] },
          output: {
            found: ["198.51.100.7"],
            more: false,
            attributes: [
              {
                type: "ip-dst",
                forIDS: true,
                tags: ["tlp:amber"],
                changed: "2025-01-02T12:00:00.000Z",
                event: {
                  id: "7",
                  organisation: "CERT",
                  threat: "high",
                  link: "https://misp.corp.example/events/view/7",
                },
              },
              { id: "101" },
              { id: "102" },
            ],
          },
        },
        {
          name: "no more than two",
          input: { values: ["198.51.100.7"], limit: 2 },
          output: { more: true, attributes: [{ id: "100" }, { id: "101" }] },
        },
        { name: "unknown", input: { values: ["203.0.113.9"] }, output: { attributes: [], found: [] } },
      ],
      run(input, ctx) {
        const origin = originOf(ctx);
        const rows: Outside[] = [];
        const size = Math.min(500, input.limit);
        let more = true;
        for (let page = 1; more && rows.length < input.limit; page++) {
          const { response } = json(ctx, `${origin}/attributes/restSearch`, {
            method: "POST",
            json: {
              returnFormat: "json",
              value: input.values,
              type: input.types,
              tags: input.tags,
              publish_timestamp: input.days === undefined ? undefined : `${input.days}d`,
              to_ids: input.forIDS ? 1 : undefined,
              includeEventTags: true,
              page,
              limit: size,
            },
          });
          if (response === undefined) throw fail("bad_answer", "MISP answered no response");
          const got = listOf<Outside>(response.Attribute);
          rows.push(...got);
          more = got.length === size;
        }
        const kept = rows.slice(0, input.limit);
        return {
          attributes: kept.map((a) => {
            const changed = timeOf(Number(a.timestamp));
            return {
              id: String(a.id),
              uuid: a.uuid ?? "",
              value: a.value ?? "",
              type: a.type ?? "",
              category: a.category ?? "",
              comment: a.comment ?? "",
              forIDS: a.to_ids === true,
              ...(changed === undefined ? {} : { changed }),
              tags: listOf<Outside>(a.Tag).map((t) => String(t.name)),
              event: {
                id: String(a.event_id),
                info: a.Event?.info ?? "",
                organisation: a.Event?.Orgc?.name ?? "",
                threat:
                  (["undefined", "high", "medium", "low"] as const)[Number(a.Event?.threat_level_id)] ??
                  "undefined",
                link: `${origin}/events/view/${a.event_id}`,
              },
            };
          }),
          found: [...new Set(kept.map((a) => String(a.value)))],
          more: more || rows.length > input.limit,
        };
      },
    }),
    sighting: action({
      name: "Add a sighting",
      description:
        "Tells where a value was seen, or that it was a false alarm, for all attributes that have it.",
      effect: "write",
      input: s.object({
        value: s.string({ title: "Value", minLength: 1, examples: ["198.51.100.7"] }),
        kind: s.enum(["sighting", "false_positive", "expiration"], { title: "Kind", default: "sighting" }),
        source: s.optional(s.string({ title: "Source", description: "Who or what saw it." })),
        at: s.optional(
          s.string({ title: "When", description: "Now, if it isn't given.", format: "date-time" }),
        ),
      }),
      output: s.object({ message: s.string("What MISP says.") }),
      examples: [
        {
          name: "seen by the firewall",
          input: { value: "198.51.100.7", source: "firewall" },
          output: { message: "3 sightings successfully added." },
        },
        { name: "nothing has that value", input: { value: "203.0.113.9" }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const at = input.at === undefined ? ctx.now() : new Date(input.at);
        const answer = send(ctx, `${originOf(ctx)}/sightings/add`, {
          method: "POST",
          json: {
            values: [input.value],
            type: kinds[input.kind],
            source: input.source,
            timestamp: Math.floor(at.getTime() / 1000),
          },
        });
        if (answer.status === 403 && answer.text().includes("No valid attributes")) {
          throw fail("not_found", `no attribute has the value ${input.value}`);
        }
        const made = object(sound(answer));
        if (made.message === undefined)
          throw fail("bad_answer", "MISP didn't say whether the sighting was added");
        return { message: String(made.message) };
      },
    }),
  },
});
