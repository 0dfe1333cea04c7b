import { useSyncExternalStore } from "react";

/** A narrow screen that is touched; a large one zoomed in has a finer pointer, and keeps everything. */
const PHONE = "(max-width: 600px) and (pointer: coarse)";

const watch = (listener: () => void): (() => void) => {
  const media = matchMedia(PHONE);
  media.addEventListener("change", listener);
  return () => media.removeEventListener("change", listener);
};

/** Whether the app is held in a hand: flows are read there, and not drawn. */
export function usePhone(): boolean {
  return useSyncExternalStore(watch, () => matchMedia(PHONE).matches);
}
