/** A duration for people: 4 ms, 1.2 s, 3 min 20 s, 2 h 5 min. */
export function durationText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "";
  if (ms < 1) return "<1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const timeFormat = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const dateFormat = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

export function clockText(at: string | null | undefined): string {
  return at ? timeFormat.format(new Date(at)) : "";
}

export function dateText(at: string | null | undefined): string {
  return at ? dateFormat.format(new Date(at)) : "";
}

/** How long ago, in words; the date beyond a week. */
export function agoText(at: string | null | undefined, now = Date.now()): string {
  if (!at) return "";
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.round(seconds / 86_400)} d ago`;
  return dateText(at);
}

/** The end of an id, enough to tell runs apart. */
export function shortId(id: string): string {
  return id.slice(-6);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What the server did by a line of a log that tells of its own work: a request that it refused went nowhere. */
export function callWord(message: string): "sent" | "refused" | "sign" {
  if (message.includes(" -> refused, ")) return "refused";
  return message.startsWith("sign ") ? "sign" : "sent";
}

const UNITS = ["bytes", "KiB", "MiB"];

/** An amount of data: 12 bytes, 64.0 KiB, 48.2 MiB. */
export function bytesText(n: number): string {
  const at = n < 1024 ? 0 : n < 1024 * 1024 ? 1 : 2;
  return `${at === 0 ? n : (n / 1024 ** at).toFixed(1)} ${UNITS[at]}`;
}
