import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { plainly } from "./Named";

interface MenuEntry {
  label: string;
  icon?: ReactNode;
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

interface MenuProps {
  /** The button that opens the menu. */
  trigger: ReactElement<Record<string, unknown>>;
  entries: (MenuEntry | "line")[];
}

/** A drop-down menu of commands. */
export function Menu({ trigger, entries }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" style={{ zIndex: 70 }}>
          <Base.Popup className="menu">
            {entries.map((entry, i) =>
              entry === "line" ? (
                <Base.Separator key={i} className="menu-line" />
              ) : (
                <Base.Item
                  key={entry.label}
                  className={`menu-item${entry.danger ? " menu-item-danger" : ""}`}
                  disabled={entry.disabled ?? false}
                  onClick={entry.onSelect}
                >
                  {entry.icon}
                  {plainly(entry.label)}
                  {entry.keys !== undefined && <kbd>{entry.keys}</kbd>}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
