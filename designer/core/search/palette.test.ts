import { expect, test } from "vitest";
import type { NodeType } from "../flow/catalog";
import { searchTypes } from "./palette";

const type = (type: string, name: string, effect: NodeType["effect"] = "none"): NodeType => ({
  ...{ type, name, description: "", category: "Edge", icon: "", effect, idempotent: true },
  ...{ kind: type.startsWith("core.") ? "core" : "action", input: {}, output: {}, ports: ["out"] },
  ...{ container: false, examples: [] },
});

const TYPES = [
  type("edr.isolate", "Contain host", "destructive"),
  type("edr.find", "Find host", "read"),
  type("core.if", "If"),
  type("mail.find", "Find mail", "read"),
];
const names = (query: string, recent: string[] = []) => searchTypes(TYPES, query, recent).map((t) => t.type);

test("actions are found by name, vendor, synonym and what they may do", () => {
  expect(names("contain")).toEqual(["edr.isolate"]);
  expect(names("edr")).toEqual(["edr.isolate", "edr.find"]);
  expect(names("decision")).toEqual(["core.if"]);
  expect(names("destructive")).toEqual(["edr.isolate"]);
  expect(names("lookup host")).toEqual(["edr.find"]);
});

test("of equals the one used last comes first, and without a query those used lately do", () => {
  expect(names("find")).toEqual(["edr.find", "mail.find"]);
  expect(names("find", ["mail.find"])).toEqual(["mail.find", "edr.find"]);
  expect(names("", ["core.if"])[0]).toBe("core.if");
  expect(names("find host", ["mail.find"])).toEqual(["edr.find"]);
});
