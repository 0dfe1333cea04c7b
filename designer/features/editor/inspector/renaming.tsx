import { useId, useRef, useState } from "react";
import { setWith } from "@/core/commands/edit";
import { renamedKey, renameField, renameId, whyNotId } from "@/core/commands/rename";
import type { FlowNode, JsonObject } from "@/core/flow/document";
import { changedAt } from "@/core/flow/same";
import { plural } from "@/ui/format";
import { toast } from "@/ui/Toasts";
import type { EditorSession } from "../session";
import { useSession } from "../useSession";

/** Takes a form's value; a field that only has another name is followed by who reads it. */
export function changeWith(session: EditorSession, node: FlowNode, value: JsonObject): void {
  const renamed = node.type === "core.set" ? renamedKey(node.with ?? {}, value) : undefined;
  if (renamed === undefined) {
    // What is typed in one field is undone together; another field, or a choice of what the fields are, alone.
    session.do(setWith(node.id, value, changedAt(node.with ?? {}, value)));
    return;
  }
  const { command, count } = renameField(session.flow, { node: node.id, ...renamed }, value);
  session.do(command);
  if (count > 0)
    toast(
      "info",
      `${plural(count, "expression")} that read “${renamed.from}” now read “${renamed.to}”.`,
      session.undoOffer(),
    );
}

/** The id that expressions know a node by; another one is followed everywhere. */
export function NodeId({ node }: { node: FlowNode }) {
  const session = useSession();
  const [draft, setDraft] = useState<string>();
  // The field goes, and the focus with it: the button that it came from takes it.
  const back = useRef(false);
  const why = draft === undefined ? undefined : whyNotId(session.flow, node.id, draft);
  const told = useId();
  if (draft === undefined) {
    return (
      <button
        ref={(button) => {
          if (button !== null && back.current) button.focus({ preventScroll: true });
          back.current = false;
        }}
        type="button"
        className="link mono node-id"
        data-testid="node-id"
        disabled={session.readOnly}
        title="The id, for expressions. It stays when the name changes; a press gives another, and all that name it follow."
        aria-label={`steps.${node.id}: give it another id`}
        onClick={() => setDraft(node.id)}
      >
        steps.{node.id}
      </button>
    );
  }
  const finish = () => {
    // What can't be the id stays as it was typed, with the reason, until it is mended or Escape lets go of it.
    if (why !== undefined) return;
    setDraft(undefined);
    if (draft === node.id) return;
    session.do(renameId(node.id, draft));
    session.enter(draft);
  };
  return (
    <span className="rename">
      <input
        className="input mono rename-id"
        aria-label="Id of the node"
        aria-invalid={why !== undefined}
        aria-describedby={why === undefined ? undefined : told}
        value={draft}
        spellCheck={false}
        autoFocus
        onFocus={(e) => e.currentTarget.select()}
        onChange={(e) => setDraft(e.target.value)}
        onBlur={finish}
        onKeyDown={(e) => {
          if (e.key === "Enter") {
            // The focus goes on at once: the key would break a line in what gets it.
            e.preventDefault();
            back.current = why === undefined;
            finish();
          } else if (e.key === "Escape") {
            e.stopPropagation();
            back.current = true;
            setDraft(undefined);
          }
        }}
      />
      {why !== undefined && (
        <span className="field-error" role="alert" id={told}>
          {why}
        </span>
      )}
    </span>
  );
}
