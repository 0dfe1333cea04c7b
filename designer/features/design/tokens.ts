/** What a page looks like is said by these names alone; here they are as people read them. */
export const FACES = ["bg", "canvas", "panel", "raise", "sunk", "hover", "accent-soft", "note"] as const;
export const LINES = ["line", "line2", "control", "dot", "note-line"] as const;

/** What is written or drawn, and the faces on which it must be read: the least contrast is 4.5 for text. */
export const INKS: readonly { name: string; on: readonly string[]; for: string }[] = [
  { name: "ink", on: ["bg", "panel", "raise", "sunk", "hover", "accent-soft"], for: "Text" },
  { name: "ink2", on: ["bg", "panel", "raise", "sunk", "hover"], for: "Text beside text" },
  { name: "ink3", on: ["bg", "panel", "raise", "sunk"], for: "Hints, units" },
  { name: "accent-text", on: ["bg", "panel", "raise", "accent-soft"], for: "Links" },
  { name: "accent-ink", on: ["accent"], for: "Text on the accent" },
  { name: "ok", on: ["bg", "panel", "raise"], for: "Succeeded" },
  { name: "run", on: ["bg", "panel", "raise"], for: "Running" },
  { name: "wait", on: ["bg", "panel", "raise"], for: "Waiting" },
  { name: "fail", on: ["bg", "panel", "raise"], for: "Failed" },
  { name: "unknown", on: ["bg", "panel", "raise"], for: "Unknown" },
];

export const SPACES = ["s1", "s2", "s3", "s4", "s5", "s6"] as const;
export const SIZES = ["t-xs", "t-sm", "t-md", "t-lg", "t-xl"] as const;
export const CORNERS = ["r-sm", "r-md", "r-lg"] as const;
export const MOTIONS = ["fast", "ease"] as const;

/** The relative luminance of a colour, by WCAG 2.2; the browser itself turns any notation into bytes. */
function luminance(colour: string): number {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  if (brush === null) return 0;
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = [...brush.getImageData(0, 0, 1, 1).data].map((byte) => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How far apart two colours are, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}
