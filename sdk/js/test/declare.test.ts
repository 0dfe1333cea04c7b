import { expect, it } from "vitest";
import { declare } from "./declare.ts";

it("declares to authors what the source says", async () => {
  await expect(declare()).toMatchFileSnapshot("../types/drawbridge.d.ts");
}, 60_000);
