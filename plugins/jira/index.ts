import { ActionError, action, badInput, type Context, connector, type HTTPResponse, s } from "drawbridge";
import { type Ask, fieldOf, listOf, type Outside, object, send, sound } from "../api.ts";

const root = (ctx: Context) => `https://${fieldOf(ctx, "host")}/rest/api/2`;
const ask = (ctx: Context, path: string, rest?: Ask): Outside => object(request(ctx, path, rest));

/** Sends a request; an error of Jira is thrown with its messages in words. */
function request(ctx: Context, path: string, rest?: Ask): HTTPResponse {
  const answer = send(ctx, root(ctx) + path, rest);
  try {
    return sound(answer);
  } catch (e) {
    const words = wordsOf(answer.text());
    if (!(e instanceof ActionError) || words === "") throw e;
    e.message = `Jira answered ${answer.status}: ${words}`;
    throw e;
  }
}

/** What Jira calls a field, and the node another name. */
const titles: Record<string, string> = {
  project: "Project",
  issuetype: "Type",
  summary: "Summary",
  description: "Description",
  labels: "Labels",
  priority: "Priority",
  comment: "Comment",
};

/** Messages of an error's body: what is wrong at all, and with which field; empty where it isn't Jira's JSON. */
function wordsOf(body: string): string {
  try {
    const { errorMessages, errors } = JSON.parse(body) as Outside;
    const fields = Object.entries(errors ?? {}).map(([id, message]) => `${titles[id] ?? id}: ${message}`);
    return [...listOf(errorMessages), ...fields].join("; ").slice(0, 300);
  } catch {
    return "";
  }
}

const issue = s.string({
  title: "Issue",
  description: "Its key.",
  pattern: "^[A-Za-z][A-Za-z0-9_]*-[0-9]+$",
  examples: ["SEC-17"],
});

const shown = {
  key: s.string(),
  summary: s.string(),
  description: s.string(),
  status: s.string(),
  priority: s.string("Empty if it has none."),
  type: s.string(),
  labels: s.list(s.string()),
  assignee: s.string("Empty if nobody."),
  reporter: s.string(),
  created: s.string({ format: "date-time" }),
  updated: s.string({ format: "date-time" }),
  link: s.string("The page for people."),
};
const fields = "summary,description,status,priority,issuetype,labels,assignee,reporter,created,updated";

/** Times come as 2025-01-02T11:00:00.000+0000. */
const time = (given: unknown) => {
  const at = new Date(String(given ?? "").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
};
function shownOf(ctx: Context, of: Outside) {
  const f = of.fields ?? {};
  return {
    key: String(of.key),
    summary: f.summary ?? "",
    description: f.description ?? "",
    status: f.status?.name ?? "",
    priority: f.priority?.name ?? "",
    type: f.issuetype?.name ?? "",
    labels: listOf<string>(f.labels),
    assignee: f.assignee?.displayName ?? "",
    reporter: f.reporter?.displayName ?? "",
    created: time(f.created),
    updated: time(f.updated),
    link: linkOf(ctx, of.key),
  };
}

const linkOf = (ctx: Context, key: string) => `https://${fieldOf(ctx, "host")}/browse/${key}`;

type Way = { id: string; name: string; to: string };

const waysOf = (ctx: Context, key: string): Way[] =>
  listOf<Outside>(ask(ctx, `/issue/${key}/transitions`).transitions).map((t) => ({
    id: String(t.id),
    name: t.name ?? "",
    to: t.to?.name ?? "",
  }));

export default connector({
  id: "jira",
  version: "1.0.0",
  name: "Jira",
  description: "Opens, reads, comments, moves and finds issues in Jira Cloud.",
  category: "Tickets",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='m12 3 9 9-9 9-9-9z'/><path d='m9 12 2 2 4-4'/></svg>",
  credentials: [
    {
      type: "jira.token",
      apply: "basic",
      fields: s.object({
        host: s.string({
          title: "Host",
          description: "Of the site.",
          minLength: 1,
          examples: ["corp.atlassian.net"],
        }),
        username: s.string({
          title: "Email",
          description: "Of the account whose token it is.",
          minLength: 1,
        }),
        password: s.string({ title: "API token", minLength: 1, format: "password" }),
      }),
    },
  ],
  capabilities: {
    http: [{ host: "{host}", methods: ["GET", "POST"], reason: "To read and change issues of your site." }],
  },
  actions: {
    create: action({
      name: "Create an issue",
      description: "Opens an issue in a project.",
      effect: "write",
      input: s.object({
        project: s.string({ title: "Project", description: "Its key.", minLength: 1, examples: ["SEC"] }),
        type: s.string({
          title: "Type",
          description: "The name of the issue's type.",
          default: "Task",
          minLength: 1,
        }),
        summary: s.string({ title: "Summary", minLength: 1, maxLength: 255 }),
        description: s.optional(
          s.string({ title: "Description", description: "In Jira's wiki notation.", maxLength: 32767 }),
        ),
        labels: s.optional(s.list(s.string({ pattern: "^\\S+$" }), { title: "Labels" })),
        priority: s.optional(s.string({ title: "Priority", description: "Its name, such as High." })),
        fields: s.optional(
          s.record(s.any(), {
            title: "More fields",
            description: "By their ids, in the form of Jira's API.",
          }),
        ),
      }),
      output: s.object({ key: s.string(), id: s.string(), link: s.string("The page for people.") }),
      examples: [
        {
          name: "a phishing mail",
          input: {
            project: "SEC",
            summary: "Phishing: payroll",
            description: "Seen by 12 people.",
            labels: ["phishing"],
          },
          output: { key: "SEC-4", link: "https://corp.atlassian.net/browse/SEC-4" },
        },
        { name: "no such project", input: { project: "NONE", summary: "x" }, error: { code: "http_400" } },
      ],
      run(input, ctx) {
        const { project, type, summary, description, labels, priority } = input;
        const made = ask(ctx, "/issue", {
          method: "POST",
          json: {
            fields: {
              ...input.fields,
              project: { key: project },
              issuetype: { name: type },
              summary: summary.replace(/\s+/g, " "),
              description,
              labels,
              ...(priority ? { priority: { name: priority } } : {}),
            },
          },
        });
        return { key: String(made.key), id: String(made.id), link: linkOf(ctx, made.key) };
      },
    }),
    get: action({
      name: "Get an issue",
      description: "Reads an issue.",
      effect: "read",
      idempotent: true,
      input: s.object({ issue }),
      output: s.object(shown),
      examples: [
        {
          name: "an open one",
          input: { issue: "SEC-1" },
          output: {
            summary: "Phishing: invoice",
            status: "To Do",
            assignee: "",
            created: "2025-01-02T11:00:00.000Z",
          },
        },
        { name: "none", input: { issue: "SEC-999" }, error: { code: "not_found" } },
      ],
      run: (input, ctx) => shownOf(ctx, ask(ctx, `/issue/${input.issue}`, { query: { fields } })),
    }),
    search: action({
      name: "Search issues",
      description: "Finds issues by a query in JQL.",
      effect: "read",
      idempotent: true,
      input: s.object({
        jql: s.string({
          title: "JQL",
          minLength: 1,
          examples: ["project = SEC AND status != Done ORDER BY created DESC"],
        }),
        limit: s.integer({
          title: "Limit",
          description: "At most so many issues.",
          default: 50,
          minimum: 1,
          maximum: 1000,
        }),
      }),
      output: s.object({
        issues: s.list(s.object(shown)),
        more: s.boolean("There are more than the limit."),
      }),
      examples: [
        {
          name: "all of a project, over two pages",
          input: { jql: "project = SEC" },
          output: { more: false, issues: [{ key: "SEC-1" }, { key: "SEC-2" }, { key: "SEC-3" }] },
        },
        {
          name: "no more than one",
          input: { jql: "project = SEC", limit: 1 },
          output: { more: true, issues: [{ key: "SEC-1" }] },
        },
        { name: "a query that can't be read", input: { jql: "SEC" }, error: { code: "http_400" } },
      ],
      run(input, ctx) {
        const rows: unknown[] = [];
        let nextPageToken: string | undefined;
        let last = false;
        while (!last && rows.length < input.limit) {
          const maxResults = Math.min(100, input.limit - rows.length);
          const found = ask(ctx, "/search/jql", {
            query: { jql: input.jql, fields, maxResults, nextPageToken },
          });
          rows.push(...listOf(found.issues));
          nextPageToken = found.nextPageToken;
          last = found.isLast === true || nextPageToken === undefined;
        }
        const more = !last || rows.length > input.limit;
        return { issues: rows.slice(0, input.limit).map((row) => shownOf(ctx, row)), more };
      },
    }),
    comment: action({
      name: "Comment an issue",
      description: "Writes a comment below an issue.",
      effect: "write",
      input: s.object({
        issue,
        body: s.string({
          title: "Comment",
          description: "In Jira's wiki notation.",
          minLength: 1,
          maxLength: 32767,
        }),
      }),
      output: s.object({
        id: s.string(),
        created: s.string({ format: "date-time" }),
        link: s.string("The page for people."),
      }),
      examples: [
        {
          name: "what was found",
          input: { issue: "SEC-1", body: "The sender is on two blocklists." },
          output: { id: "10050", link: "https://corp.atlassian.net/browse/SEC-1?focusedCommentId=10050" },
        },
      ],
      run(input, ctx) {
        const made = ask(ctx, `/issue/${input.issue}/comment`, {
          method: "POST",
          json: { body: input.body },
        });
        return {
          id: String(made.id),
          created: time(made.created),
          link: `${linkOf(ctx, input.issue)}?focusedCommentId=${made.id}`,
        };
      },
    }),
    transitions: action({
      name: "List transitions",
      description: "Says to which statuses an issue can be moved from where it is.",
      effect: "read",
      idempotent: true,
      input: s.object({ issue }),
      output: s.object({
        transitions: s.list(
          s.object({ id: s.string(), name: s.string(), to: s.string("The status that it leads to.") }),
        ),
      }),
      examples: [
        {
          name: "of an open issue",
          input: { issue: "SEC-1" },
          output: { transitions: [{ to: "To Do" }, { id: "21", to: "In Progress" }, { to: "Done" }] },
        },
      ],
      run: (input, ctx) => ({ transitions: waysOf(ctx, input.issue) }),
    }),
    transition: action({
      name: "Move an issue",
      description: "Moves an issue to a status; one that is there already stays as it is.",
      effect: "write",
      idempotent: true,
      inverse: "transition",
      input: s.object({
        issue,
        to: s.string({
          title: "To",
          description: "The name of the status, or of the transition.",
          minLength: 1,
          examples: ["In Progress"],
          "x-options": { action: "transitions", value: "to", label: "name", with: { issue: "{{issue}}" } },
        }),
        comment: s.optional(
          s.string({
            title: "Comment",
            description: "Written below the issue once it is moved, or where it is there already.",
            minLength: 1,
          }),
        ),
      }),
      output: s.object({
        from: s.string("The status before, which undoes this."),
        to: s.string("The status after."),
        changed: s.boolean(),
      }),
      examples: [
        {
          name: "work begins",
          input: { issue: "SEC-1", to: "In Progress" },
          output: { from: "To Do", to: "In Progress", changed: true },
        },
        { name: "nothing to do", input: { issue: "SEC-1", to: "to do" }, output: { changed: false } },
        { name: "no such status", input: { issue: "SEC-1", to: "Nowhere" }, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const same = (name: string) => name.toLowerCase() === input.to.trim().toLowerCase();
        const from: string =
          ask(ctx, `/issue/${input.issue}`, { query: { fields: "status" } }).fields?.status?.name ?? "";
        const comment = input.comment;
        const below = `/issue/${input.issue}/comment`;
        const write = () => comment && ask(ctx, below, { method: "POST", json: { body: comment } });
        if (same(from)) {
          // It may be this step, repeated after its comment failed, that moved it.
          if (comment) {
            const there = ask(ctx, below, { query: { orderBy: "-created", maxResults: 100 } });
            const said = (c: Outside) => String(c.body ?? "").trim() === comment.trim();
            if (!listOf<Outside>(there.comments).some(said)) write();
          }
          return { from, to: from, changed: false };
        }
        const ways = waysOf(ctx, input.issue);
        const way = ways.find((w) => same(w.to)) ?? ways.find((w) => same(w.name));
        if (way === undefined) {
          throw badInput(
            "/to",
            `no transition leads there from ${from}: there are ${ways.map((w) => w.to).join(", ")}`,
          );
        }
        request(ctx, `/issue/${input.issue}/transitions`, {
          method: "POST",
          json: { transition: { id: way.id } },
        });
        write();
        return { from, to: way.to, changed: true };
      },
    }),
  },
});
