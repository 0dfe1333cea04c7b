import { Pin as PinIcon, Play } from "lucide-react";
import { nodeById } from "@/core/flow/document";
import { Button } from "@/ui/Button";
import { plural } from "@/ui/format";
import { Menu } from "@/ui/Menu";
import { useFlow, useSession } from "../useSession";
import { usePins } from "./pins";

/** How many outputs are pinned, which, and a way to run as if none were. */
export function PinMenu({ may, onRun }: { may: boolean; onRun: () => void }) {
  const session = useSession();
  const flow = useFlow();
  const pins = usePins();
  if (pins.size === 0) return null;
  const all = [...pins.values()];
  return (
    <Menu
      trigger={
        <Button
          small
          data-testid="pins"
          title={`${plural(pins.size, "step")} give a pinned output and do not run`}
        >
          <PinIcon size={14} aria-hidden /> {pins.size} pinned
        </Button>
      }
      entries={[
        ...all.map((pin) => ({
          label: nodeById(flow, pin.node)?.name || pin.node,
          icon: <PinIcon size={15} aria-hidden />,
          onSelect: () => session.show(pin.node),
        })),
        "line",
        {
          label: "Run without pinned outputs",
          icon: <Play size={15} aria-hidden />,
          disabled: !may,
          onSelect: onRun,
        },
      ]}
    />
  );
}
