import type { CaseEntry } from "@/api/cases";
import { ARTIFACT_TYPES, TLPS, word } from "@/core/labels";
import { bytesText, dateText } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { resolutionWord, SEVERITIES, STATUSES } from "./words";

const FIELDS: Record<string, string> = {
  title: "the title",
  description: "the description",
  severity: "the severity",
  status: "the status",
  resolution: "the resolution",
  tlp: "the TLP",
  assignee: "who has it",
  tags: "the tags",
  due: "the due time",
};

interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

/** What somebody did, as the end of a sentence that begins with their name. */
export function entryText(entry: CaseEntry): string {
  switch (entry.kind) {
    case "opened":
      return "opened the case";
    case "commented":
      return "said";
    case "artifact_added":
      return `added the ${artifactText(entry)}`;
    case "artifact_removed":
      return `took the ${artifactText(entry)} away`;
    case "attachment_added":
      return `attached ${fileText(entry)}`;
    case "attachment_removed":
      return `removed ${fileText(entry)}`;
    case "merged_into":
      return "merged it into";
    case "merged_from":
      return "merged into it";
    case "task_added":
      return `added the task “${plainly(String(entry.data.title ?? ""))}”`;
    case "task_changed":
      return taskText(entry);
    case "template_applied":
      return `applied the template ${plainly(String(entry.data.name ?? ""))}, version ${entry.data.version}`;
    case "changed":
      return changesText((entry.data.changes ?? []) as Change[]) + leftText(entry);
    default:
      return word({}, entry.kind);
  }
}

const TASK: Record<string, string> = {
  done: "did",
  skipped: "skipped",
  open: "opened again",
  running: "started",
  failed: "could not do",
};

function taskText(entry: CaseEntry): string {
  const title = `“${plainly(String(entry.data.title ?? ""))}”`;
  const state = String(entry.data.state ?? "");
  if (state !== "") return `${TASK[state] ?? state} ${title}`;
  if (entry.data.assignee !== undefined) {
    const to = String(entry.data.assignee);
    return to === "" ? `took ${title} from everybody` : `gave ${title} to ${plainly(to)}`;
  }
  return `changed ${title}`;
}

function artifactText(entry: CaseEntry): string {
  const type = String(entry.data.type ?? "other");
  const name = word(ARTIFACT_TYPES, type);
  const spoken = /^[A-Z][a-z]/.test(name) ? name.toLowerCase() : name;
  return `${spoken} ${plainly(String(entry.data.shown ?? entry.data.value ?? ""))}`;
}

function fileText(entry: CaseEntry): string {
  const size = Number(entry.data.size ?? 0);
  return `“${plainly(String(entry.data.name ?? ""))}”, ${bytesText(size)}`;
}

function changesText(changes: Change[]): string {
  const closed = changes.find((c) => c.field === "status" && c.to === "closed");
  if (closed !== undefined) {
    const how = changes.find((c) => c.field === "resolution");
    return `closed it${how === undefined ? "" : ` as ${resolutionWord(String(how.to)).toLowerCase()}`}`;
  }
  if (changes.some((c) => c.field === "status" && c.from === "closed")) return "opened it again";
  return changes.map(changeText).join(", ") || "changed it";
}

/** Which required tasks a closing or a merge left open: the server names the first. */
export function leftText(entry: CaseEntry): string {
  if (!Array.isArray(entry.data.left)) return "";
  const named = entry.data.left.map((title) => `“${plainly(String(title))}”`);
  const count = Number(entry.data.leftCount ?? named.length);
  if (count === 1) return ` with the required task ${named[0]} open`;
  const more = count - named.length;
  return ` with ${count} required tasks open (${named.join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
}

function changeText(c: Change): string {
  const to = String(c.to ?? "");
  switch (c.field) {
    case "severity":
      return `set the severity to ${word(SEVERITIES, to).toLowerCase()}`;
    case "status":
      return `set the status to ${word(STATUSES, to).toLowerCase()}`;
    case "tlp":
      return `set the label to ${word(TLPS, to)}`;
    case "assignee":
      return to === "" ? "took it from everybody" : `gave it to ${plainly(to)}`;
    case "due":
      return `set it due ${dateText(to)}`;
    case "tags":
      return tagsText(c);
    case "title":
      return `called it “${plainly(to)}”`;
    default:
      return `changed ${FIELDS[c.field] ?? c.field}`;
  }
}

function tagsText(c: Change): string {
  const from = Array.isArray(c.from) ? c.from.map(String) : [];
  const to = Array.isArray(c.to) ? c.to.map(String) : [];
  const added = to.filter((t) => !from.includes(t));
  const gone = from.filter((t) => !to.includes(t));
  return [
    added.length > 0 && `tagged it ${added.map(plainly).join(", ")}`,
    gone.length > 0 && `took the tag ${gone.map(plainly).join(", ")} away`,
  ]
    .filter(Boolean)
    .join(", ");
}
