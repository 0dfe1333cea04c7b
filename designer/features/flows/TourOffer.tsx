import { Footprints } from "lucide-react";
import { usePermissions } from "@/api/permissions";
import { useStartTour } from "@/api/tour";
import { Button } from "@/ui/Button";
import { useTour } from "@/ui/tour";

/** Offers the tour, once: who doesn't want it isn't asked again in this browser. */
export function TourOffer() {
  const { now, go } = useTour();
  const { can } = usePermissions();
  const start = useStartTour();
  if (now.at !== "offered" || !can("flow.write")) return null;
  return (
    <section className="tour-offer" aria-label="Tour" data-testid="tour-offer">
      <Footprints size={18} aria-hidden />
      <p className="grow">
        <strong>New here?</strong> Five steps through a real flow: try it, see what each step does, publish it
        or not. The flow is yours afterwards.
      </p>
      <Button look="primary" busy={start.isPending} onClick={() => start.mutate()} data-testid="tour-start">
        Take the tour
      </Button>
      <Button look="quiet" onClick={() => go({ at: "off" })} data-testid="tour-no">
        No, thanks
      </Button>
    </section>
  );
}
