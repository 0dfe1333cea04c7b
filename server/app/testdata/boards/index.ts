// Lists what can be chosen for a parameter, by a credential and by another parameter.
import { action, ActionError, connector, s } from "drawbridge";

const board = s.string({
  title: "Board",
  "x-options": { action: "boards", value: "id", label: "name", with: { project: { param: "{{ project }}" }, most: 3 } },
});

export default connector({
  id: "boards",
  version: "1.0.0",
  name: "Boards",
  description: "Adds cards to boards of a project.",
  credentials: [
    { type: "boards.key", apply: "bearer", fields: { type: "object", properties: { user: { type: "string" }, token: { type: "string", writeOnly: true } } } },
  ],
  actions: {
    add: action({
      name: "Add a card",
      description: "Adds a card to a board.",
      input: s.object({
        project: s.optional(s.string({ title: "Project", "x-options": { action: "projects" } })),
        board,
        text: s.optional(s.string("What the card says.")),
      }),
      output: s.object({ board: s.string() }),
      effect: "write",
      run: ({ board }) => ({ board }),
    }),
    boards: action({
      name: "List boards",
      description: "The boards of a project.",
      input: s.object({ project: s.string(), most: s.integer() }),
      output: s.object({ items: s.list(s.any()) }),
      effect: "read",
      run: ({ project, most }, ctx) => {
        if (project === "gone") throw new ActionError("not_found", "there is no project gone");
        const owner = ctx.credential?.fields.user ?? "nobody";
        const names = ["Triage", "Incidents", "Hunting", "Archive"].slice(0, most);
        return { items: names.map((n, i) => ({ id: `${project}-${i + 1}`, name: `${n} (${owner})` })) };
      },
    }),
    projects: action({
      name: "List projects",
      description: "The projects.",
      input: s.object({}),
      output: s.list(s.string()),
      effect: "none",
      run: () => ["red", "blue", "gone"],
    }),
  },
});
