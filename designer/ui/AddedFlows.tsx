import { Link } from "@tanstack/react-router";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { plural } from "./format";
import { Named } from "./Named";
import "./added-flows.css";

interface AddedFlowsProps {
  added: readonly { id: string; name: string; version: number; why?: string }[];
  /** Goes on to the flow that was made. */
  onOpen: () => void;
}

/** The flows that came along with one that calls them: those that have to be published first lead there. */
export function AddedFlows({ added, onOpen }: AddedFlowsProps) {
  const open = added.filter((f) => f.version === 0);
  const done = added.filter((f) => f.version > 0);
  const all = `It calls ${plural(added.length, "flow")} that this server did not have; ${added.length === 1 ? "it was" : "they were"} added.`;
  return (
    <Dialog
      open
      onClose={onOpen}
      title="The flow is made"
      description={open.length === 0 ? `${all} Nothing is left to do.` : all}
      footer={
        <Button look="primary" onClick={onOpen} data-testid="added-open">
          Open the flow
        </Button>
      }
    >
      <div data-testid="added-flows">
        {open.length > 0 && (
          <section aria-labelledby="added-open-title">
            <h3 id="added-open-title">Publish {open.length === 1 ? "this" : "these"} before it can run</h3>
            <ul className="added-flows">
              {open.map((f) => (
                <li key={f.id}>
                  <TriangleAlert size={15} color="var(--wait)" aria-label="Not published" />
                  <span>
                    <Link to="/flows/$id" params={{ id: f.id }} search={{}}>
                      <Named text={f.name} />
                    </Link>
                    {f.why !== undefined && <span className="muted added-why">{f.why}</span>}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
        {done.length > 0 && (
          <section aria-labelledby="added-done-title">
            <h3 id="added-done-title">Published as {done.length === 1 ? "it ships" : "they ship"}</h3>
            <ul className="added-flows">
              {done.map((f) => (
                <li key={f.id}>
                  <CircleCheck size={15} color="var(--ok)" aria-label="Published" />
                  <Named text={f.name} />
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  );
}
