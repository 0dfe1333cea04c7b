import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { toast } from "@/ui/Toasts";
import { useTour } from "@/ui/tour";
import { libraryQuery } from "./queries";

/** The flow of the library that the tour makes a draft from. */
const TEMPLATE = "phishing-triage";

/** Begins the tour: makes a real draft, and opens it. */
export function useStartTour() {
  const go = useNavigate();
  const queries = useQueryClient();
  const tour = useTour((s) => s.go);
  return useMutation({
    async mutationFn() {
      const { items } = await queries.ensureQueryData(libraryQuery);
      const template = items.find((t) => t.name === TEMPLATE);
      if (template === undefined) throw new Error("The flow of the tour does not ship with this server.");
      const { id: _, ...flow } = template.flow;
      const { drafts } = await import("./drafts");
      return drafts.create({ ...flow, name: `${flow.name} (tour)` });
    },
    async onSuccess({ id }) {
      tour({ at: "step", flow: id, step: 0 });
      void queries.invalidateQueries({ queryKey: ["flows"] });
      await go({ to: "/flows/$id", params: { id }, search: {} });
    },
    onError: (e) => toast("fail", `The tour could not begin: ${e.message}`),
  });
}
