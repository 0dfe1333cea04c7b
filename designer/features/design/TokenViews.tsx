import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTheme } from "@/ui/theme";
import { CORNERS, contrast, FACES, INKS, LINES, MOTIONS, SIZES, SPACES } from "./tokens";

/** Reads what tokens are where they are used: themes and density change them. */
function useTokens(names: readonly string[]) {
  const place = useRef<HTMLDivElement>(null);
  const { choice, density } = useTheme();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: read anew whenever the look changes
  useEffect(() => {
    if (place.current === null) return;
    const style = getComputedStyle(place.current);
    setValues(Object.fromEntries(names.map((n) => [n, style.getPropertyValue(`--${n}`).trim()])));
  }, [choice, density, names]);
  return { place, values };
}

const COLOURS = [...new Set([...FACES, ...LINES, "accent", ...INKS.flatMap((i) => [i.name, ...i.on])])];

/** Faces, lines, and what is written, with the least contrast that it has. */
export function Colours() {
  const { place, values } = useTokens(COLOURS);
  return (
    <div ref={place} className="design-block">
      <Group name="Faces and lines">
        <ul className="design-swatches">
          {[...FACES, ...LINES].map((name) => (
            <li key={name}>
              <span className="design-swatch" style={{ background: `var(--${name})` }} />
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </Group>
      <Group name="Inks, with their least contrast">
        <ul className="design-inks">
          {INKS.map((ink) => (
            <li key={ink.name}>
              <span
                className="design-ink"
                style={{ color: `var(--${ink.name})`, background: `var(--${ink.on[0]})` }}
              >
                {ink.for}
              </span>
              <code>{ink.name}</code>
              <Least ink={values[ink.name]} on={ink.on} values={values} />
            </li>
          ))}
        </ul>
      </Group>
    </div>
  );
}

interface LeastProps {
  ink: string | undefined;
  on: readonly string[];
  values: Readonly<Record<string, string>>;
}

function Least({ ink, on, values }: LeastProps) {
  if (!ink) return <span className="muted">…</span>;
  const [least] = on
    .map((face) => ({ face, ratio: contrast(ink, values[face] ?? "") }))
    .sort((a, b) => a.ratio - b.ratio);
  if (least === undefined) return null;
  return (
    <span className="muted" data-contrast={least.ratio.toFixed(2)}>
      {least.ratio.toFixed(1)} on {least.face}
    </span>
  );
}

const MEASURES = [...SPACES, ...SIZES, ...CORNERS, ...MOTIONS];

/** Distances, sizes of text, corners and times. */
export function Measures() {
  const { place, values } = useTokens(MEASURES);
  return (
    <div ref={place} className="design-block">
      <Group name="Space">
        <ul className="design-measures">
          {SPACES.map((name) => (
            <Measure key={name} name={name} value={values[name]}>
              <span className="design-space" style={{ width: `var(--${name})` }} />
            </Measure>
          ))}
        </ul>
      </Group>
      <Group name="Type">
        <ul className="design-measures">
          {SIZES.map((name) => (
            <Measure key={name} name={name} value={values[name]}>
              <span style={{ fontSize: `var(--${name})` }}>Phishing triage</span>
            </Measure>
          ))}
          <Measure name="mono" value="data, code">
            <code>steps.parse.output == 0</code>
          </Measure>
        </ul>
      </Group>
      <Group name="Corners, shadows, motion">
        <ul className="design-measures">
          {CORNERS.map((name) => (
            <Measure key={name} name={name} value={values[name]}>
              <span className="design-corner" style={{ borderRadius: `var(--${name})` }} />
            </Measure>
          ))}
          {["shadow1", "shadow2"].map((name) => (
            <Measure key={name} name={name} value="">
              <span className="design-corner" style={{ boxShadow: `var(--${name})` }} />
            </Measure>
          ))}
          {MOTIONS.map((name) => (
            <Measure key={name} name={name} value={values[name]}>
              <span className="muted">hover, switches, folds</span>
            </Measure>
          ))}
        </ul>
      </Group>
    </div>
  );
}

function Measure({
  name,
  value,
  children,
}: {
  name: string;
  value: string | undefined;
  children: ReactNode;
}) {
  return (
    <li>
      <code>{name}</code>
      <span className="design-sample">{children}</span>
      <span className="muted">{value}</span>
    </li>
  );
}

/** A few of the same kind under their name. */
export function Group({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="design-group">
      <h3>{name}</h3>
      {children}
    </div>
  );
}
