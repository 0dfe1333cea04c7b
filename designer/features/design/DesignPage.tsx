import "./design.css";
import "@/canvas/frame.css";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Segments } from "@/ui/Fields";
import { useTheme } from "@/ui/theme";
import { Cards, Tiles } from "./CanvasParts";
import { Buttons, Feedback, Inputs, Opened, States, Trees } from "./Components";
import { Colours, Measures } from "./TokenViews";

const THEMES = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

const PARTS: readonly { id: string; name: string; of: (theme: string) => ReactNode }[] = [
  { id: "colour", name: "Colour", of: () => <Colours /> },
  { id: "measures", name: "Space, type, motion", of: () => <Measures /> },
  { id: "buttons", name: "Buttons", of: () => <Buttons /> },
  { id: "inputs", name: "Fields", of: (theme) => <Inputs theme={theme} /> },
  { id: "opened", name: "Menus, dialogs, toasts", of: () => <Opened /> },
  { id: "states", name: "States and badges", of: () => <States /> },
  { id: "feedback", name: "Empty, failed, loading", of: () => <Feedback /> },
  { id: "trees", name: "Data", of: () => <Trees /> },
  { id: "tiles", name: "Tiles", of: () => <Tiles /> },
  { id: "cards", name: "Cards on the canvas", of: () => <Cards /> },
];

/** Every part of the design system in every state, in both themes side by side. */
export function DesignPage() {
  const { density, space } = useTheme();
  return (
    <>
      <header className="page-head">
        <h1>Design system</h1>
        <span className="grow" />
        <Segments
          label="Density"
          value={density}
          options={[
            { value: "comfortable", label: "Comfortable" },
            { value: "dense", label: "Dense" },
          ]}
          onChange={space}
        />
        <Link to="/help" className="btn">
          Help
        </Link>
      </header>
      <nav className="design-parts" aria-label="Parts">
        {PARTS.map((p) => (
          <a key={p.id} href={`#${p.id}`}>
            {p.name}
          </a>
        ))}
      </nav>
      {PARTS.map((p) => (
        <section key={p.id} className="design-part" id={p.id} aria-labelledby={`${p.id}-name`}>
          <h2 id={`${p.id}-name`}>{p.name}</h2>
          <div className="design-themes">
            {THEMES.map((t) => (
              <section
                key={t.value}
                className="design-theme"
                data-theme={t.value}
                aria-label={`${p.name}, ${t.label.toLowerCase()}`}
              >
                {p.of(t.value)}
              </section>
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
