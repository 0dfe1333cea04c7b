/** What is known of the flow on tour; each step waits for one of it. */
export interface TourFacts {
  open: string | undefined;
  samples: number;
  /** The run shown has come to its end. */
  ran: boolean;
  published: boolean;
}

export interface TourStep {
  title: string;
  text: string;
  /** The node whose card is pointed at. */
  node?: string;
  /** The controls that are pointed at: the first that is there. */
  control: string;
  done: (facts: TourFacts) => boolean;
}

const FIRST = "report";
const LOOKED_AT = "verdict";
const card = (node: string) => `.react-flow__node[data-id="${node}"]`;

export const STEPS: readonly TourStep[] = [
  {
    title: "This is a real flow, and yours",
    text: "Each card is a step. It begins at the left, where a reported mail comes in: open “A mail is reported” by a click on its card, or by Enter.",
    node: FIRST,
    control: card(FIRST),
    done: (f) => f.open === FIRST,
  },
  {
    title: "Keep a sample event",
    text: "Nothing was sent to it yet. Press “From the flow's input”: an example is kept with the flow, to try it with.",
    node: FIRST,
    control: '[data-testid="example-0"]',
    done: (f) => f.samples > 0,
  },
  {
    title: "Run it",
    text: "Dry run goes through every step with that mail. What would change something outside is not called.",
    control: '[data-testid="dry-run"]',
    done: (f) => f.samples > 0 && f.ran,
  },
  {
    title: "See what came out",
    text: "Every card tells how it went. Open “Verdict”: above are the values that it received, below what it made of them.",
    node: LOOKED_AT,
    control: card(LOOKED_AT),
    done: (f) => f.open === LOOKED_AT,
  },
  {
    title: "Publish it, or don't",
    text: "Published, it gets an address, and whatever is sent there starts a run. As a draft it waits for you.",
    control: '[data-testid="publish-confirm"], [data-testid="publish"]',
    done: (f) => f.published,
  },
];
