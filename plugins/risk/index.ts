import { action, badInput, connector, s } from "drawbridge";

const share = (title: string, description: string, value: number) =>
  s.number({ title, description, default: value, minimum: 0, maximum: 1 });
const amount = (title: string, description: string, value = 0) =>
  s.number({ title, description, default: value, minimum: 0 });

const cents = (n: number) => Math.round(n * 100) / 100;

const bands = ["negligible", "low", "moderate", "high", "severe"] as const;
const priorities = ["P1", "P2", "P3", "P4", "P5"] as const;
/** From which score on a priority holds, and the hours in which to respond. */
const steps: [number, (typeof priorities)[number], number][] = [
  [80, "P1", 1],
  [60, "P2", 4],
  [40, "P3", 24],
  [20, "P4", 72],
  [0, "P5", 168],
];

const severities = { info: 0, low: 2.5, medium: 5, high: 7.5, critical: 10 } as const;

export default connector({
  id: "risk",
  version: "1.0.0",
  name: "Risk",
  description:
    "Estimates what an incident costs, and how urgent an alert is, by formulas that its page gives.",
  category: "Data",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 18a8 8 0 1 1 16 0'/><path d='m12 18 4-6'/></svg>",
  actions: {
    impact: action({
      name: "Financial impact",
      description:
        "Estimates the loss of an incident from downtime, people, records and the work to respond, and what is to be expected of it.",
      effect: "none",
      idempotent: true,
      input: s.object({
        downtimeHours: amount("Downtime", "Hours in which the service is down."),
        revenuePerHour: amount("Revenue per hour", "That is lost while it is down."),
        users: amount("People", "Who can't work."),
        hoursPerUser: amount("Hours per person", "In which each can't work."),
        costPerUserHour: amount("Cost per person and hour", "", 60),
        records: amount("Records", "Of people, that were disclosed."),
        costPerRecord: amount("Cost per record", "For notices, monitoring and churn.", 160),
        responseHours: amount("Response", "Hours of work to respond."),
        responseRate: amount("Response rate", "Cost of such an hour.", 120),
        fixed: amount("Fixed", "Whatever else, such as a fine."),
        probability: share("Probability", "That the loss comes about.", 1),
        uncertainty: share("Uncertainty", "How far the estimate may be off, as a share of it.", 0.5),
        bands: s.list(s.number({ minimum: 0 }), {
          title: "Bands",
          description: "From which expected loss on it counts as low, moderate, high and severe.",
          default: [1000, 10000, 100000, 1000000],
          minItems: 4,
          maxItems: 4,
        }),
      }),
      output: s.object({
        loss: s.number("If it comes about."),
        expected: s.number("Loss times probability."),
        low: s.number("The expected loss less the uncertainty."),
        high: s.number("The expected loss and the uncertainty."),
        band: s.enum(bands),
        parts: s.object({
          downtime: s.number(),
          people: s.number(),
          records: s.number(),
          response: s.number(),
          fixed: s.number(),
        }),
      }),
      examples: [
        {
          name: "a mailbox was read",
          input: { records: 200, users: 1, hoursPerUser: 4, responseHours: 10, probability: 0.5 },
          output: {
            loss: 33440,
            expected: 16720,
            low: 8360,
            high: 25080,
            band: "moderate",
            parts: { records: 32000, people: 240, response: 1200, downtime: 0 },
          },
        },
        { name: "nothing happened", input: {}, output: { loss: 0, band: "negligible" } },
        { name: "bands that fall", input: { bands: [5, 4, 3, 2] }, error: { code: "bad_input" } },
      ],
      run(input) {
        if (input.bands.some((b, i) => i > 0 && b <= (input.bands[i - 1] ?? 0))) {
          throw badInput("/bands", "each must be above the one before");
        }
        const parts = {
          downtime: cents(input.downtimeHours * input.revenuePerHour),
          people: cents(input.users * input.hoursPerUser * input.costPerUserHour),
          records: cents(input.records * input.costPerRecord),
          response: cents(input.responseHours * input.responseRate),
          fixed: cents(input.fixed),
        };
        const loss = cents(Object.values(parts).reduce((sum, part) => sum + part, 0));
        const expected = cents(loss * input.probability);
        return {
          loss,
          expected,
          low: cents(expected * (1 - input.uncertainty)),
          high: cents(expected * (1 + input.uncertainty)),
          band: bands[input.bands.filter((b) => expected >= b).length] ?? "severe",
          parts,
        };
      },
    }),
    priority: action({
      name: "Priority",
      description:
        "Scores an alert from 0 to 100 by severity, confidence and what it is about, and gives a priority from P1 to P5.",
      effect: "none",
      idempotent: true,
      input: s.object({
        severity: s.optional(
          s.enum(["info", "low", "medium", "high", "critical"], {
            title: "Severity",
            description: "In words; or give a score.",
          }),
        ),
        severityScore: s.optional(
          s.number({
            title: "Severity score",
            description: "From 0 to 10, such as CVSS; counts before the word.",
            minimum: 0,
            maximum: 10,
          }),
        ),
        confidence: share("Confidence", "That the alert is true.", 1),
        criticality: s.integer({
          title: "Criticality",
          description: "Of what it is about, from 1 to 5.",
          default: 3,
          minimum: 1,
          maximum: 5,
        }),
        exposed: s.boolean({
          title: "Exposed",
          description: "It can be reached from the internet.",
          default: false,
        }),
        exploited: s.boolean({
          title: "Exploited",
          description: "It is known to be exploited, or was seen to be.",
          default: false,
        }),
        exploitProbability: share(
          "Exploit probability",
          "Such as EPSS, where it isn't known to be exploited.",
          0,
        ),
      }),
      output: s.object({
        score: s.number("From 0 to 100."),
        priority: s.enum(priorities),
        respondWithin: s.string("A duration, such as 4h, for deadlines in the flow."),
        reasons: s.list(s.string(), "What counted, in words."),
      }),
      examples: [
        {
          name: "an exploited hole in what everybody reaches",
          input: { severityScore: 9.8, criticality: 5, exposed: true, exploited: true },
          output: { score: 100, priority: "P1", respondWithin: "1h" },
        },
        {
          name: "a doubtful alert about a laptop",
          input: { severity: "medium", confidence: 0.4, criticality: 2 },
          output: { score: 19.25, priority: "P5" },
        },
        { name: "without a severity", input: {}, error: { code: "bad_input" } },
      ],
      run(input) {
        const given =
          input.severityScore ?? (input.severity === undefined ? undefined : severities[input.severity]);
        if (given === undefined) throw badInput("/severity", "give a severity, in words or as a score");
        const weight = 0.4 + 0.6 * ((input.criticality - 1) / 4);
        const belief = 0.5 + 0.5 * input.confidence;
        const base = 100 * (given / 10) * weight * belief;
        const exposed = input.exposed ? 10 : 0;
        const exploited = 15 * (input.exploited ? 1 : input.exploitProbability);
        const score = Math.min(100, cents(base + exposed + exploited));
        const step = steps.find(([from]) => score >= from) ?? [0, "P5" as const, 168];
        const reasons = [
          `severity ${given} of 10, criticality ${input.criticality} of 5, confidence ${Math.round(input.confidence * 100)} %: ${cents(base)}`,
        ];
        if (exposed > 0) reasons.push("reached from the internet: +10");
        if (exploited > 0)
          reasons.push(
            `${input.exploited ? "known to be exploited" : "likely to be exploited"}: +${cents(exploited)}`,
          );
        return { score, priority: step[1], respondWithin: `${step[2]}h`, reasons };
      },
    }),
  },
});
