import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { Named, plainly } from "./Named";

it("shows signs that turn the direction, and leaves scripts and joined emoji as they are", () => {
  expect(plainly("report\u202Efdp.exe")).toBe("report[U+202E]fdp.exe");
  expect(plainly("a\u061Cb\u2066c")).toBe("a[U+061C]b[U+2066]c");
  expect(plainly("pay\u200Bpal\u200D \u00ADx\uFEFF")).toBe("pay[U+200B]pal[U+200D] [U+00AD]x[U+FEFF]");
  for (const text of ["تحقيق", "می\u200Cخواهم", "חקירה", "調査", "👩‍💻", "e\u0301"])
    expect(plainly(text)).toBe(text);
});

it("sets a name apart from what stands beside it", () => {
  const { container } = render(<Named text="חקירה" />);
  expect(container.innerHTML).toBe("<bdi>חקירה</bdi>");
});
