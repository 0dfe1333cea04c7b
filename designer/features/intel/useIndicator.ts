import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Indicator, type IndicatorChange, indicatorQuery, intel } from "@/api/intel";
import { conflictOf } from "@/ui/Conflict";
import { toast } from "@/ui/Toasts";

/** Shows an indicator as the server gave it. */
function useShowIndicator(): (now: Indicator) => void {
  const queries = useQueryClient();
  return (now) => {
    queries.setQueryData(indicatorQuery(now.id).queryKey, now);
    void queries.invalidateQueries({ queryKey: ["indicators"] });
  };
}

/** Changes an indicator from what is shown of it. What somebody else changed first is shown, and nothing is overwritten. */
export function useChangeIndicator(item: Indicator) {
  const show = useShowIndicator();
  return useMutation({
    mutationFn: (body: IndicatorChange) => intel.change(item, body),
    onSuccess: show,
    onError: (error) => {
      const conflict = conflictOf<Indicator>(error, "indicator");
      if (conflict === undefined) {
        toast("fail", error.message);
        return;
      }
      show({ ...conflict.theirs });
      toast("info", "Somebody changed it first: this is what it is now. Yours is not saved.");
    },
  });
}
