// Mails of mailboxes.
import { action, fail, s } from "drawbridge";
import { json } from "../api.ts";
import { of, quoted, rows, user } from "./graph.ts";

export const mail = {
  find_messages: action({
    name: "Find mails",
    description: "Finds a mail in a mailbox by its Message-ID.",
    effect: "read",
    idempotent: true,
    input: s.object({
      user,
      messageId: s.string({
        title: "Message-ID",
        description: "With its angle brackets.",
        minLength: 3,
        maxLength: 998,
        examples: ["<x@evil.example>"],
      }),
    }),
    output: s.object({
      messages: s.list(
        s.object({
          id: s.string("For move_message."),
          subject: s.string(),
          from: s.string(),
          at: s.string({ format: "date-time" }),
          read: s.boolean(),
          folder: s.string("The id of the folder that it is in."),
        }),
      ),
    }),
    examples: [
      {
        name: "a reported mail",
        input: { user: "reporter@corp.example", messageId: "<x@evil.example>" },
        output: { messages: [{ from: "pay@evil.example", read: true, folder: "inbox-id" }] },
      },
      {
        name: "none",
        input: { user: "reporter@corp.example", messageId: "<y@evil.example>" },
        output: { messages: [] },
      },
    ],
    run(input, ctx) {
      const query = {
        $filter: `internetMessageId eq ${quoted(input.messageId)}`,
        $select: "id,subject,from,receivedDateTime,isRead,parentFolderId",
      };
      const { found } = rows(ctx, `${of(input.user)}/messages`, 100, query, {
        Prefer: 'IdType="ImmutableId"',
      });
      return {
        messages: found.map((m) => ({
          id: String(m.id),
          subject: m.subject ?? "",
          from: m.from?.emailAddress?.address ?? "",
          at: m.receivedDateTime ?? "",
          read: m.isRead === true,
          folder: m.parentFolderId ?? "",
        })),
      };
    },
  }),
  move_message: action({
    name: "Move a mail",
    description: "Moves a mail into another folder, such as deleted items, from where it can be moved back.",
    effect: "destructive",
    inverse: "move_message",
    input: s.object({
      user,
      message: s.string({
        title: "Mail",
        description: "Its id, as find_messages gives it.",
        minLength: 1,
        maxLength: 500,
      }),
      folder: s.string({
        title: "Folder",
        description: "Its id, or a name such as deleteditems, junkemail, recoverableitemsdeletions, inbox.",
        default: "deleteditems",
        minLength: 1,
        maxLength: 500,
      }),
    }),
    output: s.object({
      id: s.string("Of the mail from now on."),
      folder: s.string("The id of the folder."),
    }),
    examples: [
      {
        name: "away from its reader",
        input: {
          user: "reporter@corp.example",
          message:
            "AAMkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OABGAAAAAAAiQ8W967B7TKBjgx9rVEURBwAiIsqMbYjsT5e=",
        },
        output: { id: "AAMkMoved==" },
      },
      {
        name: "one that is gone",
        input: { user: "reporter@corp.example", message: "gone" },
        error: { code: "not_found" },
      },
    ],
    run(input, ctx) {
      const made = json(ctx, `${of(input.user)}/messages/${encodeURIComponent(input.message)}/move`, {
        method: "POST",
        json: { destinationId: input.folder },
        headers: { Prefer: 'IdType="ImmutableId"' },
      });
      if (made.id === undefined) throw fail("bad_answer", "Graph didn't say where the mail is");
      return { id: String(made.id), folder: made.parentFolderId ?? "" };
    },
  }),
};
