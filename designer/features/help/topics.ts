/** What the help says of a node type, beside what the catalog tells of its parameters. */
export interface Topic {
  type: string;
  /** The flow of the library whose picture shows it; without it, the first that uses it. */
  flow?: string;
  /** What to know before drawing it, one thought each. */
  notes: readonly string[];
}

/** With it the help begins. */
export const FIRST: Topic = {
  type: "trigger.manual",
  flow: "contain-host",
  notes: [
    "Starts a run when somebody presses Run, or by POST /api/v1/flows/ID/runs.",
    "Where the flow describes its input (in its settings), the run dialog is a form of it; what doesn't fit is refused before anything starts.",
    "Beside Dry run, a part of the draft is run: the selected step alone on what the run shown gave it, from it on, or up to it. What runs, what is kept and what changes something outside is said before.",
    "A step's output can be pinned: runs that are started in the editor take it and do not run the step. Pins stay on the server with the draft; published versions, webhooks and schedules know nothing of them.",
    "The input of a run is a sample, or what an earlier run began with, which can be kept as a sample.",
  ],
};

export const TOPICS: readonly Topic[] = [
  FIRST,
  {
    type: "trigger.webhook",
    flow: "edr-alert-triage",
    notes: [
      "Publishing gives the trigger an address. The same trigger keeps its address when the flow is published again.",
      "Whoever sends is answered 202 once the run is kept safely, or with what Respond says. A repeated Idempotency-Key starts nothing and is answered as before.",
      "With a verification, senders that don't show who they are get the same answer as an address that doesn't exist.",
      "A key such as {{ trigger.body.alert.id }} names the event: it starts one run, however often it is sent.",
    ],
  },
  {
    type: "trigger.schedule",
    flow: "nightly-check",
    notes: [
      "A cron expression in a time zone. Where clocks are put forward, a time that doesn't exist comes at the next that does; where they are put back, a fixed time comes once.",
      "Times that passed while no server ran are left out, made up for once, or made up for one by one, as Missed says.",
      "Jitter spreads runs that many flows would begin at the same second.",
    ],
  },
  {
    type: "trigger.mailbox",
    flow: "abuse-mailbox",
    notes: [
      "Each mail starts one run, also after a crash and where it is delivered twice.",
      "The credential names the server; the mail is trigger.body.raw, or rawBase64 where it isn't UTF-8.",
      "A mail is marked or moved only after its run is kept safely.",
    ],
  },
  {
    type: "trigger.case",
    flow: "critical-case",
    notes: [
      "Starts when a case is opened, changed or closed, from a severity on.",
      "Each flow hears of each event once.",
    ],
  },
  {
    type: "trigger.flow",
    flow: "score-alert",
    notes: [
      "Lets other flows call this one. What the caller gives is trigger.body; the flow's output is the caller's result.",
      "A flow that is only called needs no other trigger.",
    ],
  },
  {
    type: "core.set",
    flow: "contain-host",
    notes: [
      "Computes fields from expressions, so that later steps read short names.",
      "A text that is one template keeps the value's type: {{ 1 + 1 }} is a number.",
    ],
  },
  {
    type: "core.code",
    flow: "triage-batch",
    notes: [
      "JavaScript or TypeScript for what expressions can't say. Types are erased, not checked.",
      "It runs in the sandbox with nothing: no network, no files, no credentials, and no memory of earlier calls. What it works on comes in by its input.",
      "One call has 5 s of processor time, and lasts at most as long as the step's time-out. A clock stands still while it computes.",
      "The script is text and never a template, so that no data can become code.",
    ],
  },
  {
    type: "core.if",
    flow: "critical-case",
    notes: [
      "Takes true or false. The way that isn't taken is skipped, and what follows it too, until ways meet again.",
      "A node with several ways in waits for all that are taken (join: all), or runs at the first (join: first).",
    ],
  },
  {
    type: "core.switch",
    flow: "ask-the-owner",
    notes: [
      "The first case that holds is taken; later ones are not looked at. Default is taken where none holds.",
    ],
  },
  {
    type: "core.table",
    flow: "score-alert",
    notes: [
      "Rules as rows, which anybody can read and change: the first that holds, the sum of all that hold, or the list of them.",
      "None is taken where no row holds.",
    ],
  },
  {
    type: "core.foreach",
    flow: "triage-batch",
    notes: [
      "Drop nodes into it: they run once for each item, which they read as item and index. Loops may lie in one another.",
      "Concurrency says how many items are at work at once; results keep the order of the items.",
      "With keep, an item that fails leaves its error in its place and the others go on.",
    ],
  },
  {
    type: "core.repeat",
    flow: "certificate-watch",
    notes: [
      "Runs what lies in it until a condition holds, with a pause in between, at most so many times. Nodes inside read attempt, from 1 on.",
      "Exhausted is taken where the condition never held. The pause may be days: the run isn't in memory meanwhile.",
    ],
  },
  {
    type: "core.wait",
    flow: "certificate-watch",
    notes: [
      "For a while, or until a time; a time that is past isn't waited for.",
      "Weeks are fine. Restarts and upgrades of the server change nothing.",
    ],
  },
  {
    type: "core.approval",
    flow: "contain-host",
    notes: [
      "Asks people by name or role, in the Inbox. An answer is bound to exactly what they were shown; where any of it changes, the answer doesn't count.",
      "Who started the run by hand can't approve it. One rejection ends it; otherwise as many must approve as How many says.",
      "After the deadline the way on is Expired. Notify by names a flow that tells people, by mail or chat, at once and with each reminder.",
    ],
  },
  {
    type: "core.form",
    flow: "ask-the-owner",
    notes: [
      "A person fills in fields that a JSON Schema describes; the first answer counts, and what doesn't fit the schema is refused at its field.",
    ],
  },
  {
    type: "core.call",
    flow: "triage-batch",
    notes: [
      "Runs another published flow and goes on with its output. A version can be pinned; latest takes the newest.",
      "The called run is a run of its own, with a link to its caller. Canceling the caller cancels it. Flows may call one another sixteen deep.",
    ],
  },
  {
    type: "core.respond",
    flow: "edr-alert-triage",
    notes: ["Answers the sender of the webhook, who waits for at most 30 s. The run goes on after it."],
  },
  {
    type: "core.stop",
    flow: "contain-host",
    notes: [
      "Ends the whole run, well or not, from anywhere in it. Nothing new starts; calls that change something outside are let finish.",
    ],
  },
  {
    type: "core.note",
    flow: "phishing-triage",
    notes: ["Says something on the canvas, and never runs."],
  },
];
