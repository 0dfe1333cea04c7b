import { X } from "lucide-react";
import { Button } from "./Button";
import { dateText } from "./format";

type Search = Readonly<Record<string, string | undefined>>;

const TIMES = ["received", "opened", "closed"];
const CHOICES = ["closedBy", "reason", "resolution", "taken"];
/** The keys of an address that pick by time and by what came of it. */
const KEYS = [...TIMES.flatMap((t) => [`${t}Since`, `${t}Until`]), ...CHOICES];

/** Those keys as fields of a list that a saved view can keep. */
export const PICKS: Record<string, true> = Object.fromEntries(KEYS.map((key) => [key, true]));

/** What of an address picks by time and by what came of it. */
export function pickedOf(search: Search): Record<string, string> {
  return Object.fromEntries(
    KEYS.flatMap((key) => (search[key] ? [[key, search[key] as string]] : [])),
  ) as Record<string, string>;
}

/** An address without that. */
export function unpicked(): Record<string, string> {
  return Object.fromEntries(KEYS.map((key) => [key, ""]));
}

const plain = (text: string) => text.replaceAll("_", " ").replaceAll(",", " or ");

function words(search: Search): string[] {
  const list: string[] = [];
  for (const t of TIMES) {
    const [since, until] = [search[`${t}Since`], search[`${t}Until`]];
    if (since) list.push(`${t} from ${dateText(since)}${until ? ` until ${dateText(until)}` : ""}`);
    else if (until) list.push(`${t} before ${dateText(until)}`);
  }
  if (search.taken) list.push(search.taken === "person" ? "taken up by people" : "taken up");
  if (search.closedBy) list.push(`closed by ${search.closedBy === "flow" ? "flows" : "people"}`);
  const why = search.reason ?? search.resolution;
  if (why) list.push(plain(why));
  return list;
}

/** Says that a list shows only what the address picks, with a button that takes it back. */
export function Picked({ search, onClear }: { search: Search; onClear: () => void }) {
  const list = words(search);
  if (list.length === 0) return null;
  return (
    <p className="picked">
      <span>Only what was {list.join(", ")}</span>
      <Button small onClick={onClear}>
        <X size={14} aria-hidden /> Show all
      </Button>
    </p>
  );
}
