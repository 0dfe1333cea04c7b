import { expect, test } from "vitest";
import type { Problem } from "../flow/document";
import { faultsByField, faultsUnder, faultText } from "./faults";

const fault = (pointer: string, code = "value.invalid"): Problem => ({
  code,
  severity: "error",
  pointer,
  message: "is wrong",
});

const SCHEMA = {
  type: "object",
  properties: {
    host: { type: "string" },
    owner: { type: "object", properties: { mail: { type: "string" } } },
    tags: { type: "array", items: { type: "string" } },
  },
};

test("only what is wrong with the input is told of it", () => {
  const found = faultsUnder("/input", [
    fault("/input/host"),
    fault("/input", "value.missing"),
    fault("/input", "input.schema"),
    fault("/nodes/0/with/url"),
    fault("/inputs/x"),
  ]);
  expect(found.map((p) => p.pointer)).toEqual(["/host", ""]);
});

test("faults are told at the fields that there are, in the order of the form", () => {
  const found = faultsByField(SCHEMA, [
    fault("/tags/1"),
    fault("/owner/mail"),
    fault("/owner/phone/0"),
    fault("/colour"),
    fault("/host"),
  ]);
  expect([...found.keys()]).toEqual(["", "/host", "/owner/mail", "/owner", "/tags/1"]);
  expect(found.get("")?.[0]?.message).toBe("colour: is wrong");
  expect(found.get("/owner")?.[0]?.message).toBe("phone › 0: is wrong");
  expect(faultText(fault("/owner/mail"))).toBe("owner › mail: is wrong");
});
