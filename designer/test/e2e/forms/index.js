// Takes parameters of every kind, and gives back what it took.
import { action, connector, s } from "drawbridge";

const target = {
  title: "Target",
  oneOf: [
    { title: "A host", ...s.object({ host: s.string({ title: "Host name" }) }) },
    {
      title: "A network",
      ...s.object({ network: s.string({ title: "Network" }), depth: s.integer({ title: "Depth" }) }),
    },
  ],
};

export default connector({
  id: "forms",
  version: "1.0.0",
  name: "Forms",
  description: "Takes parameters of every kind.",
  actions: {
    take: action({
      name: "Take them",
      description: "Gives back what it took.",
      input: s.object({
        severity: s.optional(s.enum(["low", "high"], { title: "Severity" })),
        watch: s.optional(s.boolean({ title: "Watch" })),
        count: s.optional(s.integer({ title: "Count" })),
        tags: s.optional(s.list(s.string(), { title: "Tags" })),
        headers: s.optional(s.record(s.string(), { title: "Headers" })),
        owner: s.optional(s.object({ name: s.string({ title: "Owner's name" }) }, { title: "Owner" })),
        rules: s.optional(
          s.list(s.object({ field: s.string({ title: "Field" }), weight: s.number({ title: "Weight" }) }), {
            title: "Rules",
          }),
        ),
        target: s.optional(target),
      }),
      output: s.object({ got: s.any() }),
      effect: "none",
      run: (input) => ({ got: input }),
    }),
  },
});
