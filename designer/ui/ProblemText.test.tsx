import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { messageParts, ProblemText } from "./ProblemText";

const caretUnder = (source = "") => {
  const [line = "", caret = ""] = source.split("\n");
  return line.slice(caret.indexOf("^"));
};

it("takes the line and its caret out of a message", () => {
  const parts = messageParts("the name 'x' is unknown here\n  {{ 1 + x }}\n         ^");
  expect(parts.text).toBe("the name 'x' is unknown here");
  expect(parts.source).toBe("{{ 1 + x }}\n       ^");
});

it("leaves other messages as they are", () => {
  expect(messageParts("Too small.")).toEqual({ text: "Too small." });
  expect(messageParts("two\nlines")).toEqual({ text: "two\nlines" });
});

it("shows what is around the caret of a long line", () => {
  const line = `  ${"a".repeat(70)}WRONG${"b".repeat(40)}`;
  const { source } = messageParts(`no\n${line}\n${" ".repeat(72)}^`);
  expect(caretUnder(source)).toMatch(/^WRONG/);
  expect(source?.split("\n")[0]?.length).toBeLessThanOrEqual(54);
});

it("sets the caret in an element of its own", () => {
  const { container } = render(<ProblemText message={"no\n  x\n  ^"} fix="mend it" />);
  expect(container.querySelector(".caret")?.textContent).toBe("x\n^");
  expect(container.textContent).toBe("no — mend itx\n^");
});
