import type { ImportChoice, ImportPlan, PlanItem, Problem } from "@/api/types";
import { plural } from "@/ui/format";

export type Choices = Record<string, ImportChoice>;

/** What each flow's state in the plan means. */
export const STATUS_TEXT: Record<PlanItem["status"], { word: string; text: string; look: string }> = {
  new: { word: "New", text: "No flow here has this id.", look: "badge-accent" },
  same: { word: "Same", text: "It is here already, with the same content.", look: "" },
  changed: { word: "Changed", text: "The file differs from the flow here.", look: "badge-wait" },
  conflict: {
    word: "Conflict",
    text: "The flow here was edited since the file was made; taking the file drops these edits from the draft.",
    look: "badge-fail",
  },
};

/** A choice in words; for a new flow there is nothing of ours to keep. */
export function choiceText(choice: ImportChoice, status: PlanItem["status"]): string {
  if (choice === "copy") return "Copy with a new id";
  if (status === "new") return choice === "theirs" ? "Import" : "Leave out";
  return choice === "theirs" ? "Take theirs" : "Keep mine";
}

/** What is chosen before anyone chose: the server's default, which never overwrites. */
export function defaultChoices(plan: ImportPlan): Choices {
  return Object.fromEntries(plan.items.map((i) => [i.flowId, i.choice]));
}

/** What applying the plan would do, in one line, and whether it would do anything. */
export function outcome(plan: ImportPlan, choices: Choices): { text: string; writes: number } {
  const counts = { added: 0, replaced: 0, copied: 0, untouched: 0 };
  for (const item of plan.items) {
    const choice = choices[item.flowId] ?? item.choice;
    if (item.status === "same" && choice !== "copy") counts.untouched++;
    else if (choice === "copy") counts.copied++;
    else if (choice === "mine") counts.untouched++;
    else if (item.status === "new") counts.added++;
    else counts.replaced++;
  }
  const parts = [
    counts.added > 0 && `${plural(counts.added, "flow")} added`,
    counts.replaced > 0 && `${plural(counts.replaced, "draft")} replaced`,
    counts.copied > 0 && `${counts.copied} copied`,
    counts.untouched > 0 && `${counts.untouched} left as ${counts.untouched === 1 ? "it is" : "they are"}`,
  ].filter((p) => p !== false);
  return { text: parts.join(", "), writes: counts.added + counts.replaced + counts.copied };
}

/** What is known of one dropped file. */
export interface FileState {
  name: string;
  /** It keeps all that was dropped from being imported. */
  stops: boolean;
  errors: number;
  warnings: number;
}

/** Each dropped file with what was found in it; of two of one name, from two folders, what is told of that name. */
export function filesOf(
  names: readonly string[],
  plan: ImportPlan | undefined,
  problems: readonly Problem[],
): FileState[] {
  const flows = new Set(plan?.items.map((i) => i.file));
  const stopped = plan?.applicable !== true;
  const others = new Set(problems.flatMap((p) => p.file ?? []).filter((file) => !names.includes(file)));
  const all = [...names, ...others];
  const files = all.map((name) => {
    const own = problems.filter((p) => p.file === name);
    const errors = own.filter((p) => p.severity === "error").length;
    // Of what can't be planned no flow is in the plan.
    return { name, errors, warnings: own.length - errors, stops: errors > 0 && !flows.has(name) };
  });
  // Of a bundle some flows are in the plan, and others not.
  if (!stopped || files.some((f) => f.stops)) return files;
  return files.map((f) => ({ ...f, stops: f.errors > 0 }));
}

/** What comes of the dropped files, in one sentence; something else than a file may keep them from being imported. */
export function summary(files: readonly FileState[], applicable: boolean): string {
  const count = files.length;
  const stop = files.filter((f) => f.stops).length;
  if (stop > 0) {
    if (count === 1) return "The file can’t be imported: mend it and drop it again.";
    if (stop === count) return `None of the ${count} files can be imported: mend them and drop them again.`;
    return `Nothing is imported as long as ${stop} of the ${count} files can’t be: mend ${stop === 1 ? "it" : "them"}, or drop the others alone.`;
  }
  if (!applicable) return "Nothing can be imported yet, for a reason that lies in none of the files alone.";
  const faulty = files.filter((f) => f.errors > 0).length;
  const whole =
    count === 1
      ? "The file can be imported"
      : `${count === 2 ? "Both" : `All ${count}`} files can be imported`;
  if (faulty === 0) return `${whole}.`;
  const which =
    count === 1 ? "its errors are" : `the errors of ${faulty === count ? "all" : faulty} of them are`;
  return `${whole} as ${count === 1 ? "a draft" : "drafts"}; ${which} to be mended before publishing.`;
}

/** The place of a problem as editors write it: line:column, or the pointer when there is no line. */
export function placeText(problem: Problem): string {
  if (problem.line) return `${problem.line}:${problem.column ?? 1}`;
  return problem.pointer === "" ? "" : problem.pointer;
}
