import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Markdown } from "./Markdown";

const html = (text: string) => render(<Markdown text={text} />).container.innerHTML;

describe("a note", () => {
  it("has headings, lists, emphasis, code and tables", () => {
    expect(html("# One\n\nA **bold** and *slanted* `code`.\n\n- a\n- b\n")).toBe(
      '<h3 dir="auto">One</h3><p dir="auto">A <strong>bold</strong> and <em>slanted</em> <code dir="ltr">code</code>.</p>' +
        '<ul><li dir="auto">a</li><li dir="auto">b</li></ul>',
    );
    expect(html("| a | b |\n|---|--:|\n| 1 | 2 |")).toMatch(
      /<th dir="auto" style="text-align: right;">b<\/th>/,
    );
    expect(html("3. c\n4. d")).toMatch(/<ol start="3">/);
    expect(html("```\n<b>\n```")).toContain("<code>&lt;b&gt;</code>");
    render(<Markdown text={"- [x] asked\n- [ ] told"} />);
    expect(screen.getByRole("checkbox", { name: "Done" })).toBeChecked();
    expect(screen.getByRole("checkbox", { name: "To do" })).not.toBeChecked();
  });

  it("shows HTML as it is written", () => {
    const { container } = render(
      <Markdown text={'<script>alert(1)</script>\n\nA <img src=x onerror="alert(1)"> <b>b</b>'} />,
    );
    expect(container.querySelector("script, img, b")).toBeNull();
    expect(container.textContent).toContain("<script>alert(1)</script>");
    expect(container.textContent).toContain('<img src=x onerror="alert(1)"> <b>b</b>');
  });

  it("fetches no picture", () => {
    expect(html("![a cat](https://example.com/cat.png)")).toBe('<p dir="auto">a cat</p>');
  });

  it("makes no link of a bare address in what quotes others", () => {
    const text =
      "http://evil.example/x pay@evil.example Pay <bill@evil.example> <http://evil.example/y> [how](https://docs.example)";
    const links = render(<Markdown text={text} quotes />).container.querySelectorAll("a");
    expect([...links].map((a) => a.getAttribute("href"))).toEqual(["https://docs.example"]);
    expect(document.body.textContent).toContain(
      "http://evil.example/x pay@evil.example Pay <bill@evil.example> <http://evil.example/y>",
    );
  });

  it("links to the web and to mailboxes only", () => {
    const links = (text: string) =>
      [...render(<Markdown text={text} />).container.querySelectorAll("a")].map((a) =>
        a.getAttribute("href"),
      );
    expect(links("[a](https://example.com/x) <lead@example.com> http://example.com")).toEqual([
      ...["https://example.com/x", "mailto:lead@example.com", "http://example.com"],
    ]);
    for (const bad of [
      ...[
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//example.com",
        "/flows",
      ],
      ...[
        "java&#115;cript:alert(1)",
        "\tjavascript:alert(1)",
        "file:///etc/passwd",
        "blob:https://example.com/1",
      ],
    ])
      expect(links(`[a](<${bad}>)`), bad).toEqual([]);
    render(<Markdown text="[out](https://example.com)" />);
    const link = screen.getByRole("link", { name: /^out \(.*\)$/ });
    expect(link).toHaveAttribute("rel", "noopener noreferrer");
    expect(link).toHaveAttribute("target", "_blank");
  });

  it("is bounded", () => {
    expect(html(`# ${"x".repeat(30_000)}`)).not.toContain("<h3");
    for (const deep of ["> ".repeat(5000), ">".repeat(5000), "1. ".repeat(1500), ">- ".repeat(1000)])
      expect(html(`${deep}deep`)).not.toContain("<blockquote");
  });
});
