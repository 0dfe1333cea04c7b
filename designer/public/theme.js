// Runs before the first paint, so that a dark page never flashes white.
(() => {
  let choice = "system";
  let density = "comfortable";
  try {
    choice = localStorage.getItem("drawbridge.theme") || "system";
    density = localStorage.getItem("drawbridge.density") || "comfortable";
  } catch {
    // Storage may be closed to us; the system's choice is a fine default.
  }
  const dark =
    choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.density = density;
})();
