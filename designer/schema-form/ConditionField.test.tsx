import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ComponentProps, useState } from "react";
import { expect, it } from "vitest";
import { ConditionField } from "./ConditionField";
import { type FormScope, FormScopeContext } from "./scope";

const SCOPE: FormScope = {
  ...{
    preview: async () => ({ ok: false, pending: true }),
    names: () => undefined,
    look: async () => undefined,
  },
  ...{ problems: new Map(), readOnly: false, focus: undefined, dataMark: "" },
};

let give: (value: string) => void = () => {};

function Shown(props: Pick<ComponentProps<typeof ConditionField>, "value">) {
  const [value, setValue] = useState(props.value);
  give = setValue;
  return (
    <FormScopeContext.Provider value={SCOPE}>
      <ConditionField
        {...{ id: "c", label: "If", pointer: "/condition", value, compact: true }}
        onChange={(next) => setValue(next ?? "")}
        onWritten={() => {}}
      />
    </FormScopeContext.Provider>
  );
}

it("shows the value that somebody else gave while it has the focus, and goes on from that", async () => {
  render(<Shown value="{{ trigger.body.rule == 'a' }}" />);
  const field = screen.getByLabelText("If: value");
  await userEvent.type(field, "b");
  expect(field).toHaveProperty("value", "ab");
  act(() => give("{{ trigger.body.rule == 'theirs' }}"));
  expect(field).toHaveProperty("value", "theirs");
  await userEvent.type(field, "2");
  expect(field).toHaveProperty("value", "theirs2");
});
