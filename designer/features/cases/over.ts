import type { CaseTask } from "@/api/cases";

/** Whether nothing is to be done any more, as the server has it. */
export function isOver(task: CaseTask): boolean {
  return task.state === "done" || task.state === "skipped";
}

/** The required tasks that are not over: who closes their case says why. */
export function leftOpen(tasks: CaseTask[]): CaseTask[] {
  return tasks.filter((t) => t.required === true && !isOver(t));
}
