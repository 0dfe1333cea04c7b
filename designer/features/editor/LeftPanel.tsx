import { Segments } from "@/ui/Fields";
import { Outline } from "./Outline";
import { Palette } from "./Palette";
import { useSession } from "./session";

const TABS = [
  { value: "palette", label: "Palette" },
  { value: "outline", label: "Outline" },
] as const;

/** Beside the canvas: what can be placed, or what the flow consists of. */
export function LeftPanel() {
  const session = useSession();
  const tab = session.view((s) => s.left);
  // Who may not change the flow has nothing to place.
  const shown = session.readOnly ? "outline" : tab;
  return (
    <aside className="palette" aria-label={shown === "palette" ? "Palette" : "Outline"}>
      {!session.readOnly && (
        <div className="left-tabs">
          <Segments
            label="Beside the canvas"
            value={shown}
            options={TABS}
            onChange={(left) => session.view.setState({ left })}
          />
        </div>
      )}
      {shown === "palette" ? <Palette /> : <Outline />}
    </aside>
  );
}
