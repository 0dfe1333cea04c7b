import { lazy } from "react";

/*
 * What an editor opens later is fetched later, but before it is asked for: by then the
 * server may be away. Until then the canvas has the browser for itself.
 */
const load = {
  inspector: () => import("./inspector/Inspector").then((m) => ({ default: m.Inspector })),
  input: () => import("./InputDialog").then((m) => ({ default: m.InputDialog })),
  pin: () => import("./running/PinDialog").then((m) => ({ default: m.PinDialog })),
  settings: () => import("./FlowSettings").then((m) => ({ default: m.FlowSettings })),
  publish: () => import("./PublishDialog").then((m) => ({ default: m.PublishDialog })),
  versions: () => import("./VersionsPanel").then((m) => ({ default: m.VersionsPanel })),
  merge: () => import("./MergeScreen").then((m) => ({ default: m.MergeScreen })),
};

export const Inspector = lazy(load.inspector);
export const InputDialog = lazy(load.input);
export const PinDialog = lazy(load.pin);
export const FlowSettings = lazy(load.settings);
export const PublishDialog = lazy(load.publish);
export const VersionsPanel = lazy(load.versions);
export const MergeScreen = lazy(load.merge);
/** Few ever take it, and only once: it is fetched when it begins. */
export const Tour = lazy(() => import("./tour/Tour").then((m) => ({ default: m.Tour })));

/** Fetches all of them, the one first that is opened first. */
export async function fetchLater(): Promise<void> {
  for (const one of Object.values(load)) await one().catch(() => undefined); // opening it tells
}
