import {
  ActionError,
  action,
  badInput,
  type Context,
  connector,
  denied,
  fail,
  s,
  unavailable,
} from "drawbridge";
import { json, type Outside } from "../api.ts";

/** Errors that an admin mends. */
const refused = new Set([
  "not_authed",
  "invalid_auth",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "ekm_access_denied",
  "access_denied",
  "not_in_channel",
  "is_archived",
  "restricted_action",
  "cant_update_message",
  "cant_delete_message",
]);
/** Errors about what the step names, in words that say what to do. */
const named: Record<string, (at: Named) => string> = {
  channel_not_found: ({ channel }) =>
    `Slack knows no channel ${channel} that the app may see: invite the app to the channel, or correct the name`,
  message_not_found: ({ channel, ts }) => `Slack knows no message ${ts} in ${channel}`,
  not_in_channel: ({ channel }) => `the app is not in the channel ${channel}: invite it`,
  is_archived: ({ channel }) => `the channel ${channel} is archived: name another`,
};
const missing = new Set(["channel_not_found", "message_not_found"]);
const passing = new Set(["internal_error", "fatal_error", "service_unavailable", "request_timeout"]);

interface Named {
  channel: string;
  ts?: string;
}

function call(ctx: Context, method: string, given: Named & Record<string, unknown>): Outside {
  const answer = json(ctx, `https://slack.com/api/${method}`, { method: "POST", json: given });
  if (answer.ok === true) return answer;
  const error = String(answer.error ?? "no_reason");
  const needs = answer.needed ? `: the token needs the scope ${answer.needed}` : "";
  const words = named[error]?.(given);
  const message = words === undefined ? `Slack answered ${error}${needs}` : `${words} (${error})`;
  if (refused.has(error)) throw denied(message);
  if (missing.has(error)) throw fail("not_found", message);
  if (passing.has(error)) throw unavailable(message);
  if (error === "ratelimited") throw new ActionError("rate_limited", message, { retryAfter: 30 });
  throw fail(`slack_${error}`, message);
}

const channel = s.string({
  title: "Channel",
  description: "Its id, or #name of a public one.",
  minLength: 1,
  examples: ["C024BE91L", "#soc"],
});
const ts = s.string({
  title: "Message",
  description: "Its time stamp, as post answers it.",
  pattern: "^\\d+\\.\\d+$",
});
const text = s.optional(
  s.string({
    title: "Text",
    description: "In Slack's mrkdwn; with blocks, what notifications show.",
    maxLength: 40000,
  }),
);
const blocks = s.optional(
  s.list(s.any(), { title: "Blocks", description: "In the form of Block Kit.", maxItems: 50 }),
);

const message = s.object({
  channel: s.string("Its id."),
  ts: s.string("The message's time stamp, for update and delete."),
});

function content(input: { text?: string; blocks?: unknown[] }) {
  if (!input.text && !input.blocks?.length) throw badInput("/text", "give a text, blocks, or both");
  return { text: input.text, blocks: input.blocks };
}

export default connector({
  id: "slack",
  version: "1.0.0",
  name: "Slack",
  description: "Posts, changes and removes messages in Slack.",
  category: "Communication",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M9 3v18M15 3v18M3 9h18M3 15h18'/></svg>",
  credentials: [
    {
      type: "slack.token",
      apply: "bearer",
      fields: s.object({
        token: s.string({
          title: "Bot token",
          description: "With the scope chat:write.",
          minLength: 1,
          format: "password",
        }),
      }),
    },
  ],
  capabilities: { http: [{ host: "slack.com", methods: ["POST"], reason: "To post messages as your app." }] },
  actions: {
    post: action({
      name: "Post a message",
      description: "Posts a message into a channel, or as an answer in a thread.",
      effect: "write",
      inverse: "delete",
      input: s.object({
        channel,
        text,
        blocks,
        thread: s.optional(
          s.string({
            title: "Thread",
            description: "The time stamp of the message to answer.",
            pattern: "^\\d+\\.\\d+$",
          }),
        ),
        unfurl: s.boolean({
          title: "Show links",
          description: "Let Slack fetch links, and show what is there.",
          default: false,
        }),
      }),
      output: message,
      examples: [
        {
          name: "an alert",
          input: { channel: "#soc", text: "*Phishing* reported by 12 people" },
          output: { channel: "C024BE91L", ts: "1735819201.000200" },
        },
        { name: "no such channel", input: { channel: "#nowhere", text: "x" }, error: { code: "not_found" } },
        { name: "nothing to say", input: { channel: "#soc" }, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const made = call(ctx, "chat.postMessage", {
          channel: input.channel,
          ...content(input),
          thread_ts: input.thread,
          unfurl_links: input.unfurl,
          unfurl_media: input.unfurl,
        });
        return { channel: String(made.channel), ts: String(made.ts) };
      },
    }),
    update: action({
      name: "Change a message",
      description: "Puts another content in place of a message's that this app posted.",
      effect: "write",
      idempotent: true,
      input: s.object({ channel, ts, text, blocks }),
      output: message,
      examples: [
        {
          name: "done",
          input: { channel: "C024BE91L", ts: "1735819200.000100", text: "Closed: false alarm" },
          output: { ts: "1735819200.000100" },
        },
        {
          name: "no such message",
          input: { channel: "C024BE91L", ts: "1.1", text: "x" },
          error: { code: "not_found" },
        },
      ],
      run(input, ctx) {
        const made = call(ctx, "chat.update", { channel: input.channel, ts: input.ts, ...content(input) });
        return { channel: String(made.channel), ts: String(made.ts) };
      },
    }),
    delete: action({
      name: "Remove a message",
      description: "Removes a message that this app posted; one that is gone stays so.",
      effect: "destructive",
      idempotent: true,
      input: s.object({ channel, ts }),
      output: s.object({
        channel: s.string(),
        ts: s.string(),
        removed: s.boolean("False where it was gone."),
      }),
      examples: [
        {
          name: "a message",
          input: { channel: "C024BE91L", ts: "1735819200.000100" },
          output: { removed: true },
        },
        { name: "one that is gone", input: { channel: "C024BE91L", ts: "1.1" }, output: { removed: false } },
      ],
      run(input, ctx) {
        try {
          call(ctx, "chat.delete", { channel: input.channel, ts: input.ts });
        } catch (e) {
          if (!(e instanceof ActionError && e.message.includes("message_not_found"))) throw e;
          return { channel: input.channel, ts: input.ts, removed: false };
        }
        return { channel: input.channel, ts: input.ts, removed: true };
      },
    }),
  },
});
