import "./tour.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleCheck, Footprints } from "lucide-react";
import { useEffect, useRef } from "react";
import { samplesQuery } from "@/api/queries";
import { focusNode } from "@/canvas/going";
import { useRunSummary } from "@/run/hooks";
import { isOver } from "@/run/reduce";
import { Button } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { toast } from "@/ui/Toasts";
import { useTour } from "@/ui/tour";
import type { EditorSession } from "../session";
import { useFlow, useSession } from "../useSession";
import { Pointer } from "./Pointer";
import { STEPS, type TourFacts, type TourStep } from "./steps";

/** The tour of a flow, beside it and never over it: each step waits for what it asks to be done. */
export function Tour() {
  const session = useSession();
  const { now, go } = useTour();
  const facts = useFacts(session);
  const step = now.at === "step" && now.flow === session.id ? now.step : undefined;
  const done = step !== undefined && STEPS[step]?.done(facts) === true;
  useEffect(() => {
    if (done && step !== undefined) go({ at: "step", flow: session.id, step: step + 1 });
  }, [done, step, go, session]);
  const current = step === undefined ? undefined : STEPS[step];
  useCommands(() =>
    current === undefined
      ? []
      : [
          {
            ...{ id: "tour-go", name: "Go to what the tour points at", group: "Tour", hint: current.title },
            run: () => lead(session, current),
          },
          { id: "tour-skip", name: "Skip the tour", group: "Tour", run: () => go({ at: "off" }) },
        ],
  );
  if (step === undefined) return null;
  const next = () => go({ at: "step", flow: session.id, step: step + 1 });
  return (
    <section className="tour" aria-label="Tour" data-testid="tour" data-step={step}>
      {current === undefined ? (
        <End onEnd={() => go({ at: "off" })} />
      ) : (
        <>
          <Footprints size={18} aria-hidden />
          <p className="grow" role="status">
            <strong>
              {step + 1} of {STEPS.length}: {current.title}.
            </strong>{" "}
            {current.text}
          </p>
          <Button small onClick={() => lead(session, current)} data-testid="tour-go">
            Go there
          </Button>
          {step === STEPS.length - 1 && (
            <Button small onClick={next} data-testid="tour-finish">
              Leave it a draft
            </Button>
          )}
          <Button small look="quiet" onClick={() => go({ at: "off" })} data-testid="tour-skip">
            Skip the tour
          </Button>
          <Pointer key={current.control} control={current.control} />
        </>
      )}
    </section>
  );
}

function useFacts(session: EditorSession): TourFacts {
  const open = session.view((s) => s.open);
  const published = session.document((s) => s.version > 0);
  const samples = useQuery(samplesQuery(session.id)).data?.items.length ?? 0;
  const run = useRunSummary();
  return { open, samples, published, ran: run !== undefined && isOver(run) };
}

/** Brings the control of a step into view and gives it the focus; where it is not there yet, the way to it. */
function lead(session: EditorSession, step: TourStep): void {
  const control = document.querySelector<HTMLElement>(step.control);
  if (step.node !== undefined && (control === null || control.matches(".react-flow__node"))) {
    session.select([step.node]);
    session.reveal(step.node);
    focusNode(step.node);
  } else {
    control?.scrollIntoView({ block: "nearest" });
    control?.focus();
  }
}

/** What the tour leaves behind is said, and gone by a click. */
function End({ onEnd }: { onEnd: () => void }) {
  const session = useSession();
  const { name } = useFlow();
  const live = session.document((s) => s.version > 0);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const keep = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    // Where the control of the last step is gone with it, the keyboard goes on here.
    if (document.activeElement === document.body) keep.current?.querySelector("button")?.focus();
  }, []);
  const remove = async () => {
    try {
      await session.remove();
    } catch (e) {
      toast("fail", `It could not be deleted: ${(e as Error).message}`);
      return;
    }
    onEnd();
    await queries.invalidateQueries({ queryKey: ["flows"] });
    toast("ok", `Deleted ${name}.`);
    await navigate({ to: "/flows" });
  };
  return (
    <>
      <CircleCheck size={18} color="var(--ok)" aria-hidden />
      <p className="grow" role="status">
        <strong>That was it.</strong> “{name}” stays in your list of flows, {live ? "live" : "as a draft"}: go
        on with it, or delete it.
      </p>
      <span ref={keep}>
        <Button small look="primary" onClick={onEnd} data-testid="tour-keep">
          Keep the flow
        </Button>
      </span>
      <Button small look="danger" onClick={() => void remove()} data-testid="tour-delete">
        Delete the flow
      </Button>
    </>
  );
}
