import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { ICONS, Tile } from "./icons";

const root = join(import.meta.dirname, "..", "..");
const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

/** The icon that a bundled connector names in its source: a name, or a drawing of its own. */
function iconOf(connector: string): string | undefined {
  const files = readdirSync(join(root, "plugins", connector), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((f) => /\.(go|rs|js|ts)$/.test(f) && !/_test\.go$/.test(f))) {
    const source = read("plugins", connector, file);
    const drawn = /\.icon\(include_str!\("([^"]+)"\)/.exec(source)?.[1];
    if (drawn !== undefined) return read("plugins", connector, file, "..", drawn);
    const named = /(?:\bIcon:|\bicon:|\.icon\()\s*"([^"]+)"/.exec(source)?.[1];
    if (named !== undefined) return named;
  }
  return undefined;
}

// logfile is what connectors that read files of logs share.
const connectors = readdirSync(join(root, "plugins"), { withFileTypes: true })
  .filter((d) => d.isDirectory() && !["bundle", "dist", "logfile"].includes(d.name))
  .map((d) => d.name);
const core = readdirSync(join(root, "server", "catalog", "core"))
  .filter((f) => /^(core|trigger)\./.test(f))
  .map((f) => ({
    type: f,
    icon: (JSON.parse(read("server", "catalog", "core", f)) as { icon: string }).icon,
  }));

describe("icons", () => {
  it.each(connectors)("of the connector %s are there", (connector) => {
    const icon = iconOf(connector);
    expect(icon).toBeDefined();
    expect(icon?.startsWith("<svg") || Object.hasOwn(ICONS, icon ?? ""), icon).toBe(true);
  });

  it("of core nodes are there, each with its own", () => {
    expect(core.length).toBeGreaterThan(10);
    for (const { type, icon } of core) expect(Object.hasOwn(ICONS, icon), `${type}: ${icon}`).toBe(true);
    const all = [...core.map((c) => c.icon), ...connectors.map((c) => iconOf(c))];
    expect(all.filter((icon, i) => all.indexOf(icon) !== i)).toEqual([]);
  });

  it("that nobody knows are initials, or a plug", () => {
    const shown = (type: string, icon: string | undefined) =>
      render(<Tile type={type} icon={icon} />).container.firstElementChild;
    expect(shown("acme-edr.block", "no-such-icon")?.textContent).toBe("AE");
    expect(shown("msgraph.pull", "constructor")?.textContent).toBe("MS");
    expect(shown("_.x", "no-such-icon")?.querySelector(".lucide-plug")).not.toBeNull();
    expect(shown("email.parse", "mail-open")?.querySelector(".lucide-mail-open")).not.toBeNull();
  });
});
