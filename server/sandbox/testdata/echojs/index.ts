// What BenchmarkCall and BenchmarkJSON measure: an echo by the SDK.
import { action, connector, s } from "drawbridge";

const message = s.object({
  text: s.string(),
  items: s.list(s.object({ id: s.integer(), name: s.string(), tags: s.list(s.string()), score: s.number() })),
});

export default connector({
  id: "script",
  version: "1.0.0",
  name: "Echo",
  description: "Answers its input.",
  actions: {
    echo: action({
      name: "Echo",
      description: "Answers its input.",
      input: message,
      output: message,
      examples: [{ name: "short", input: { text: "a", items: [] }, output: { text: "a" } }],
      run: (input) => input,
    }),
    later: action({
      name: "Later",
      description: "Answers its input by and by.",
      input: message,
      output: message,
      run: async (input) => {
        await null;
        return input;
      },
    }),
  },
});
