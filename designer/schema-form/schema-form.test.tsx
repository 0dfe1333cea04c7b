import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Schema } from "@/core/flow/catalog";
import type { JsonObject } from "@/core/flow/document";
import { innerExpression, isTemplate, toExpression, toFixed } from "./modes";
import { SchemaForm } from "./SchemaForm";
import { FormScopeContext } from "./scope";
import { validator } from "./validator";

function Harness({
  schema,
  start,
  onChange,
}: {
  schema: Schema;
  start: JsonObject;
  onChange: (v: JsonObject) => void;
}) {
  const [value, setValue] = useState(start);
  return (
    <FormScopeContext.Provider
      value={{
        preview: async () => ({ ok: true, value: "seen", type: "string" }),
        names: () => undefined,
        look: async () => undefined,
        problems: new Map([
          ["/status", [{ code: "x", severity: "error", pointer: "", message: "Too small." }]],
        ]),
        readOnly: false,
        focus: undefined,
        dataMark: "",
      }}
    >
      <SchemaForm
        schema={schema}
        value={value}
        readOnly={false}
        onChange={(v) => {
          setValue(v);
          onChange(v);
        }}
      />
    </FormScopeContext.Provider>
  );
}

function show(schema: Schema, start: JsonObject = {}) {
  const onChange = vi.fn<(v: JsonObject) => void>();
  render(<Harness schema={schema} start={start} onChange={onChange} />);
  return { onChange, last: () => onChange.mock.calls.at(-1)?.[0], user: userEvent.setup() };
}

describe("the form of parameters", () => {
  it("writes fixed values by type and leaves defaults out of the document", async () => {
    const { last, user, onChange } = show({
      type: "object",
      properties: {
        status: { type: "integer", title: "Status", default: 200 },
        name: { type: "string", title: "Name" },
        on: { type: "boolean", title: "On" },
        kind: { type: "string", title: "Kind", enum: ["a", "b"] },
      },
    });
    expect(onChange).not.toHaveBeenCalled();
    await user.type(screen.getByLabelText("Status"), "404");
    expect(last()).toEqual({ status: 404 });
    await user.type(screen.getByLabelText("Name"), "x");
    await user.click(screen.getByRole("switch", { name: "On" }));
    await user.selectOptions(screen.getByLabelText("Kind"), "b");
    expect(last()).toEqual({ status: 404, name: "x", on: true, kind: "b" });
    await user.clear(screen.getByLabelText("Name"));
    expect(last()).toEqual({ status: 404, on: true, kind: "b" });
    expect(screen.getByText("Too small.")).toBeVisible();
  });

  it("shows a template as an expression in a field of any type, and turns a literal back", async () => {
    const { last, user } = show(
      { type: "object", properties: { status: { type: "integer", title: "Status" } } },
      { status: "{{ 404 }}" },
    );
    const toggle = screen.getByRole("button", { name: /Status is an expression/ });
    expect(await screen.findByTestId("preview")).toHaveTextContent("seen");
    await user.click(toggle);
    expect(last()).toEqual({ status: 404 });
  });

  it("goes on in the expression's editor when braces are typed, and when the word is pressed", async () => {
    const { last, user } = show(
      {
        type: "object",
        properties: {
          title: { type: "string", title: "Title" },
          status: { type: "integer", title: "Status" },
          any: { title: "Any" },
        },
      },
      { title: "Hello you", any: "text" },
    );
    const at = () => document.activeElement?.getAttribute("aria-label");
    const title = screen.getByLabelText("Title") as HTMLInputElement;
    await user.type(title, "{{{{", { initialSelectionStart: 6, initialSelectionEnd: 6 });
    expect(last()).toEqual({ title: "Hello {{}}you", any: "text" });
    expect(document.activeElement).toHaveClass("cm-content");
    expect(at()).toBe("Title");
    // It stays one though its braces go.
    expect(screen.getByRole("button", { name: /Title is an expression/ })).toBeVisible();
    await user.click(screen.getByRole("button", { name: /Any is fixed/ }));
    expect(document.activeElement).toHaveClass("cm-content");
    expect(at()).toBe("Any");
    await user.click(screen.getByRole("button", { name: /Any is an expression/ }));
    expect(document.activeElement?.tagName).toBe("TEXTAREA");
    await user.type(screen.getByLabelText("Status"), "{{{{");
    expect(last()).toMatchObject({ status: "{{}}" });
    expect(at()).toBe("Status");
  });

  it("keeps the editor of a row when its braces come and go", async () => {
    const { last, user } = show({ type: "object", additionalProperties: true }, { host: "srv" });
    await user.type(screen.getByLabelText("host"), "{{{{");
    expect(last()).toEqual({ host: "srv{{}}" });
    expect(document.activeElement).toHaveClass("cm-content");
  });

  it("offers no fixed value where only an expression fits", () => {
    show({
      type: "object",
      required: ["condition"],
      properties: { condition: { type: "boolean", title: "Condition", "x-expression": true } },
    });
    expect(screen.queryByRole("button", { name: /Condition is/ })).toBeNull();
  });

  it("keeps free keys as rows that can be added, named and removed", async () => {
    const { last, user } = show({ type: "object", additionalProperties: true }, { host: "srv-1" });
    await user.click(screen.getByTestId("add-field"));
    const names = screen.getAllByTestId("field-name");
    expect(names).toHaveLength(2);
    await user.clear(names[1] as HTMLElement);
    await user.type(names[1] as HTMLElement, "score{Enter}");
    expect(last()).toEqual({ host: "srv-1", score: "" });
    await user.click(screen.getByRole("button", { name: "Remove host" }));
    expect(last()).toEqual({ score: "" });
  });

  it("adds and removes items of a list of objects", async () => {
    const { last, user } = show({
      type: "object",
      properties: {
        cases: {
          type: "array",
          title: "Cases",
          items: {
            type: "object",
            properties: {
              port: { type: "string", title: "Port" },
              when: { title: "When", "x-expression": true },
            },
          },
        },
      },
    });
    await user.click(screen.getByTestId("add-item"));
    await user.type(screen.getByLabelText("Port"), "bad");
    expect(last()).toEqual({ cases: [{ port: "bad" }] });
    await user.click(screen.getByRole("button", { name: "Remove item 1" }));
    expect(last()).toEqual({ cases: [] });
  });

  it("offers no choice between branches that only say what must be given", () => {
    show(
      {
        type: "object",
        properties: { for: { type: "string", title: "For" }, until: { type: "string", title: "Until" } },
        oneOf: [{ required: ["for"] }, { required: ["until"] }],
        additionalProperties: false,
      },
      { for: "1m" },
    );
    expect(screen.getByLabelText("For")).toBeVisible();
    expect(screen.getByLabelText("Until")).toBeVisible();
    expect(screen.queryByText(/Option 1/)).toBeNull();
    expect(screen.getAllByDisplayValue("1m")).toHaveLength(1);
  });

  it("follows $ref and the branch of a oneOf that the data fits", () => {
    show(
      {
        type: "object",
        definitions: { host: { type: "string", title: "Host" } },
        properties: {
          host: { $ref: "#/definitions/host" },
          where: {
            title: "Where",
            oneOf: [
              {
                title: "By name",
                type: "object",
                required: ["name"],
                properties: { name: { type: "string", title: "Its name" } },
              },
              {
                title: "By number",
                type: "object",
                required: ["n"],
                properties: { n: { type: "integer", title: "Its number" } },
              },
            ],
          },
        },
      },
      { where: { n: 3 } },
    );
    expect(screen.getByLabelText("Host")).toBeVisible();
    expect(screen.getByLabelText("Its number")).toHaveValue(3);
  });
});

describe("the validator", () => {
  it("resolves references into the root and tells the sides of an if", () => {
    const root = { definitions: { port: { type: "integer", maximum: 9 } } };
    expect(validator.isValid({ $ref: "#/definitions/port" }, 5, root as never)).toBe(true);
    expect(validator.isValid({ $ref: "#/definitions/port" }, 50, root as never)).toBe(false);
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    const schema = { if: { properties: { a: { const: 1 } } }, then: { required: ["b"] } };
    expect(validator.isValid(schema as never, { a: 1 }, {})).toBe(false);
    expect(validator.isValid(schema as never, { a: 2 }, {})).toBe(true);
    const { errors } = validator.validateFormData({ a: { b: 50 } }, {
      properties: { a: { properties: { b: { maximum: 9 } } } },
    } as never);
    expect(errors.some((e) => e.property === ".a.b")).toBe(true);
  });
});

describe("fixed and expression", () => {
  it("goes both ways without a loss where it can", () => {
    expect(toExpression(5)).toBe("{{ 5 }}");
    expect(toExpression({ a: [1] })).toBe('{{ {"a":[1]} }}');
    expect(toFixed('{{ {"a":[1]} }}')).toEqual({ a: [1] });
    expect(toFixed("{{ steps.x.output }}")).toBeUndefined();
    expect(toFixed("text")).toBe("text");
    expect(isTemplate("a {{ b }}")).toBe(true);
    expect(innerExpression("{{ a }}")).toBe("a");
    expect(innerExpression("{{ a }} {{ b }}")).toBeUndefined();
  });
});

describe("the value beneath an expression", () => {
  it("has quotes where it is a text, and says how an object is written", async () => {
    show(
      { type: "object", properties: { body: { title: "Body" }, list: { title: "List" } } },
      { body: '{"verdict": "{{ vars.x }}"}', list: "{{ [1] }}" },
    );
    const [body] = await screen.findAllByTestId("preview");
    expect(body?.textContent).toBe('"seen"');
    expect(screen.getByTestId("text-hint")).toHaveTextContent("{{ {'a': 1} }}");
  });
});

describe("a decision table", () => {
  it("begins a row with the keys that the row before gives", async () => {
    const row = { when: "{{ true }}", value: { reason: "benign", why: "known" } };
    const { last, user } = show(
      { type: "object", properties: { rows: { type: "array", title: "Rows", "x-decision": true } } },
      { rows: [row] },
    );
    await user.click(screen.getByTestId("add-row"));
    expect(last()).toEqual({ rows: [row, { when: "", value: { reason: "", why: "" } }] });
  });
});
