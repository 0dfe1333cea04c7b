import type { CSSProperties } from "react";
import type { FlowGroup } from "@/core/flow/document";

/** The hue of each colour; lightness and chroma come from the theme, so that names can be read in both. */
const HUES: Record<string, number> = { blue: 250, green: 155, amber: 75, red: 25, violet: 300 };

/** What a group's style sheet is drawn with: a hue, or none for one without a colour. */
export function groupStyle(color: FlowGroup["color"]): CSSProperties {
  const hue = color === undefined ? undefined : HUES[color];
  return { "--hue": hue ?? 240, "--strength": hue === undefined ? 0.15 : 1 } as CSSProperties;
}

/** The same colours for a canvas that is drawn on: the floor of the frame, and its line and name. */
export function groupInk(
  color: FlowGroup["color"],
  style: CSSStyleDeclaration,
): { floor: string; line: string } {
  const hue = color === undefined ? undefined : HUES[color];
  const value = (name: string) => Number(style.getPropertyValue(name));
  const strength = hue === undefined ? 0.15 : 1;
  return {
    floor: `oklch(${value("--tile-l")} ${value("--tile-c") * strength} ${hue ?? 240} / 0.5)`,
    line: `oklch(${value("--tile-il")} ${value("--tile-ic") * strength} ${hue ?? 240})`,
  };
}
