import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Question } from "@/api/types";
import type { Flow } from "@/core/flow/document";
import { QuestionView } from "./QuestionView";
import { Values } from "./Values";
import { linesOf } from "./valueLines";

const lines = () =>
  [...document.querySelectorAll("dl.question-values > div")].map(
    (row) => `${row.querySelector("dt")?.textContent} = ${row.querySelector("dd")?.textContent}`,
  );

describe("values", () => {
  it("are told apart", () => {
    render(
      <Values
        label="x"
        value={{
          a: ["x, y"],
          b: ["x", "y"],
          c: "",
          d: null,
          e: "null",
          f: [],
          g: "[]",
          "p.q": 1,
          p: { q: 2 },
          t: "true",
          u: true,
        }}
      />,
    );
    expect(lines()).toEqual([
      'a = ["x, y"]',
      'b = ["x", "y"]',
      'c = ""',
      "d = null",
      'e = "null"',
      "f = []",
      'g = "[]"',
      '["p.q"] = 1',
      "p.q = 2",
      't = "true"',
      "u = true",
    ]);
  });

  it("are unknown where it is said, not where they look so", () => {
    render(
      <Values
        label="x"
        value={{ host: "{{ steps.a.output }}", why: "{{ steps.b.output }}" }}
        open={["/why"]}
      />,
    );
    expect(lines()).toEqual(['host = "{{ steps.a.output }}"', "why = known only then, from “b”"]);
  });

  it("are the flow's variables where it may be read, and no code", () => {
    const value = {
      seconds: "{{ vars.blockSeconds }}",
      other: "{{vars.none}}",
      text: "For {{ vars.blockSeconds }} s, says {{ steps.ok.output.comment + vars.tail }}",
      told: "{{ vars.blockSeconds }}",
    };
    const flow = {
      vars: { blockSeconds: 600 },
      nodes: [{ id: "ok", name: "Ask the lead" }],
    } as unknown as Flow;
    const open = ["/seconds", "/other", "/text"];
    const { unmount } = render(<Values label="x" value={value} open={open} flow={flow} />);
    expect(lines()).toEqual([
      "seconds = 600",
      "other = known only then",
      'text = "For 600 s, says " known only then, from “Ask the lead”',
      'told = "{{ vars.blockSeconds }}"',
    ]);
    unmount();
    render(<Values label="x" value={value} open={open} />);
    expect(lines()[0]).toBe("seconds = known only then");
  });

  it("are bounded, and whole on a click", () => {
    render(<Values label="x" value={{ text: "x".repeat(100_000), host: "dc-1" }} />);
    expect(document.body.textContent?.length).toBeLessThan(600);
    fireEvent.click(screen.getByRole("button", { name: "99,600 characters more" }));
    expect(document.body.textContent?.length).toBeGreaterThan(100_000);
  });

  it("say what was cut of them", () => {
    render(
      <Values label="x" value={{ text: "xx" }} cut={[{ pointer: "/text", more: 9000, of: "characters" }]} />,
    );
    expect(lines()).toEqual(['text = "xx" cut: 9,000 more characters']);
  });

  it("are a tree where they are many, which names the open ones", () => {
    const list = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
    render(
      <Values
        label="x"
        value={{ list, "a/b": "{{ x }}" }}
        open={["/a~1b"]}
        cut={[{ pointer: "/list", more: 5, of: "items" }]}
      />,
    );
    expect(document.querySelector("dl.question-values")).toBeNull();
    screen.getByText('Known only then: ["a/b"]');
    expect(linesOf({ rows: [] }, [{ pointer: "", more: 3, of: "fields" }])).toBeUndefined();
  });
});

const question = (then: Question["then"]): Question => ({
  ...{
    id: "q",
    kind: "approval",
    state: "open",
    run: "r",
    step: "ok",
    flow: "f",
    flowName: "F",
    title: "T",
    message: "",
  },
  ...{ dryRun: false, to: ["ann"], then, quorum: 1, hash: "h", askedAt: "2026-01-01T00:00:00Z", reminded: 0 },
  ...{ answers: [], delegations: [], mine: true },
});

describe("what follows an approval", () => {
  it("says what is not told", () => {
    const then = Array.from({ length: 23 }, (_, i) => ({
      node: `n${i}`,
      type: "a.b",
      effect: "write",
      untold: i > 18,
    }));
    render(<QuestionView question={question(then)} />);
    expect(screen.getAllByText("What it is given is not told here.")).toHaveLength(1);
    screen.getByText("3 more actions; what they are given is not told here");
    screen.getByText("n20, n21, n22");
  });
});
