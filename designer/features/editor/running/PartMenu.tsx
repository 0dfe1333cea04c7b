import { ListStart } from "lucide-react";
import { Button } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { useFlow, useSession } from "../useSession";
import { askPart, PARTS, runnable } from "./parts";

/** Runs a part of the flow: what is selected, from it on, or up to it. */
export function PartMenu({ may }: { may: boolean }) {
  const session = useSession();
  useFlow();
  session.view((s) => s.selected);
  const node = runnable(session);
  const name = node === undefined ? "select a step first" : (node.name ?? node.id);
  return (
    <Menu
      trigger={
        <Button aria-label="Run a part" title="Run this step, from here, or to here" data-testid="run-part">
          <ListStart size={16} aria-hidden />
        </Button>
      }
      entries={PARTS.map(({ kind, does, keys }) => ({
        label: `${does}: ${name}`,
        keys,
        disabled: !may || node === undefined,
        onSelect: () => askPart(session, kind, node),
      }))}
    />
  );
}
