import { Dialog } from "@/ui/Dialog";

interface Keys {
  keys: string[];
  does: string;
}

const PLACES: { place: string; all: Keys[] }[] = [
  {
    place: "Everywhere",
    all: [
      { keys: ["Ctrl K"], does: "Find a command, node, flow, run or page" },
      { keys: ["?"], does: "This sheet" },
      { keys: ["Esc"], does: "Close what is open, go back" },
      { keys: ["Tab"], does: "The next control" },
    ],
  },
  {
    place: "Editor",
    all: [
      { keys: ["F6"], does: "The next part: bar, palette, canvas, each pane of the inspector, run" },
      { keys: ["Shift F6"], does: "The part before" },
      { keys: ["Ctrl Z", "Ctrl Shift Z"], does: "Undo, redo" },
      { keys: ["Ctrl S"], does: "Save now" },
    ],
  },
  {
    place: "Canvas",
    all: [
      { keys: ["Page Down", "Page Up"], does: "The next node, the one before" },
      { keys: ["Home", "End"], does: "The first node, the last one" },
      { keys: ["Enter"], does: "Open a node at its first parameter" },
      { keys: ["Tab"], does: "Add what follows the chosen node; Escape lets go of it" },
      { keys: ["Ctrl Shift Enter"], does: "Add what follows, from its parameters too" },
      { keys: ["Shift A"], does: "Add at the pointer, as a double-click on the canvas does" },
      { keys: ["Arrows"], does: "Move what is selected" },
      { keys: ["Ctrl A", "Ctrl D"], does: "Select all, duplicate" },
      { keys: ["Ctrl C", "Ctrl X", "Ctrl V"], does: "Copy, cut, paste, also between servers" },
      { keys: ["Delete"], does: "Delete what is selected" },
      { keys: ["Ctrl F"], does: "Find in the flow: names, types, parameters" },
      { keys: ["Ctrl G", "Ctrl Shift G"], does: "Group what is selected, ungroup it" },
      { keys: ["F2"], does: "Rename the group whose head has the focus" },
      { keys: ["Shift Enter", "Esc"], does: "Go into a container, and out of it" },
      { keys: ["Shift C"], does: "Collapse the selected container, or open it" },
      { keys: ["Shift S", "Shift R", "Shift H"], does: "Run the selected step, from it on, up to it" },
      { keys: ["Shift P"], does: "Pin data at the selected step" },
      { keys: ["Shift T"], does: "Tidy the selection, or the whole flow" },
    ],
  },
  {
    place: "Alerts",
    all: [
      { keys: ["J", "K"], does: "The next alert, the one before" },
      { keys: ["Enter", "Esc"], does: "Open its details, close them" },
      { keys: ["X"], does: "Select it; what follows is done to all that are selected" },
      { keys: ["E", "C", "A"], does: "Close it with a reason, take it into a case, assign it to me" },
    ],
  },
  {
    place: "Expressions",
    all: [
      { keys: ["{{"], does: "Begin one in any text" },
      { keys: ["Ctrl Space"], does: "Offer names" },
      { keys: ["Tab", "Enter"], does: "Take the name" },
      { keys: ["Ctrl Enter"], does: "Back to the node" },
    ],
  },
  {
    place: "Data",
    all: [
      { keys: ["↑", "↓"], does: "The line above, below" },
      { keys: ["→", "←"], does: "Open a line, close it" },
      { keys: ["I"], does: "Insert the expression of a line into the parameter" },
      { keys: ["C", "P"], does: "Copy the value of a line; the expression that reads it" },
    ],
  },
];

/** Every key there is, by the place where it works. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keys" wide reading>
      <div className="shortcuts" data-testid="shortcuts">
        {PLACES.map((p) => (
          <section key={p.place} aria-labelledby={`keys-${p.place}`}>
            <h3 id={`keys-${p.place}`}>{p.place}</h3>
            <dl>
              {p.all.map((k) => (
                <div key={k.does} className="shortcut">
                  <dt>
                    {k.keys.map((key) => (
                      <kbd key={key} className="kbd">
                        {key}
                      </kbd>
                    ))}
                  </dt>
                  <dd>{k.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
