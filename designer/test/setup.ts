import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(() => cleanup());
// The first look at a page waits for its modules, which on a busy machine takes more than a second.
configure({ asyncUtilTimeout: 4000 });

// jsdom has no layout: what the canvas library asks for answers with nothing to see.
class SilentObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
Element.prototype.checkVisibility ??= () => true;
Range.prototype.getClientRects ??= () => [] as unknown as DOMRectList;
globalThis.ResizeObserver ??= SilentObserver as unknown as typeof ResizeObserver;
globalThis.IntersectionObserver ??= SilentObserver as unknown as typeof IntersectionObserver;
globalThis.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  addEventListener() {},
  removeEventListener() {},
})) as unknown as typeof matchMedia;
