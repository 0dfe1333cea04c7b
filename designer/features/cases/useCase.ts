import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Case, type CaseFields, caseQuery, cases } from "@/api/cases";
import { word } from "@/core/labels";
import { conflictOf } from "@/ui/Conflict";
import { toast } from "@/ui/Toasts";

/** Shows a case as the server gave it, under each name that the page may have for it. */
export function useShowCase(): (now: Case) => void {
  const queries = useQueryClient();
  return (now) => {
    for (const ref of [now.id, String(now.number)]) {
      queries.setQueryData(caseQuery(ref).queryKey, (before) =>
        before !== undefined && before.revision > now.revision ? before : now,
      );
    }
    void queries.invalidateQueries({ queryKey: ["cases"] });
  };
}

/**
 * Changes fields of a case from what is shown of it. Where somebody else changed the same field first,
 * nothing is overwritten: what they made of it is shown, and said.
 */
export function useChangeCase(item: Case) {
  const show = useShowCase();
  return useMutation({
    mutationFn: (fields: CaseFields & { comment?: string; base?: number }) =>
      cases.change(item.id, { base: item.revision, ...fields }),
    onSuccess: show,
    onError: (error, fields) => {
      const conflict = conflictOf<Case>(error, "case");
      if (conflict === undefined) {
        toast("fail", error.message);
        return;
      }
      show(conflict.theirs);
      const field = Object.keys(fields).find((f) => f !== "comment" && f !== "base") as
        | keyof Case
        | undefined;
      const now = field === undefined ? "" : String(conflict.theirs[field] ?? "");
      toast(
        "info",
        `${conflict.by} changed ${field === "dueAt" ? "the due time" : (field ?? "it")} first${now === "" || field === "description" ? "" : `, to ${word({}, now)}`}. Yours is not saved.`,
      );
    },
  });
}
