/** Says something to those who use a screen reader, without moving the focus. */
export function announce(text: string): void {
  const region = document.getElementById(REGION) ?? makeRegion();
  // The same words twice are said twice.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

const REGION = "announcements";

function makeRegion(): HTMLElement {
  const region = document.createElement("div");
  region.id = REGION;
  region.className = "hidden-text";
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  document.body.append(region);
  return region;
}
