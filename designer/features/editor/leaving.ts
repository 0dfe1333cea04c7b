/**
 * Calls where the page may be gone soon: to keep what is drawn when it is hidden or left, for what is hidden may never be
 * shown again, and to save it while it still can be. What it answers ends that.
 */
export function onLeaving(keep: () => void, save: () => void): () => void {
  const hide = () => {
    if (document.visibilityState !== "hidden") return;
    keep();
    save();
  };
  document.addEventListener("visibilitychange", hide);
  window.addEventListener("pagehide", keep);
  return () => {
    document.removeEventListener("visibilitychange", hide);
    window.removeEventListener("pagehide", keep);
  };
}
