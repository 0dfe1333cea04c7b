// Checks the built app against its budgets: the shell, the editor on top of it,
// and that nothing in it compiles code or makes style sheets without the nonce.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "..", "dist");
const SHELL_KB = 130;
const EDITOR_KB = 400;
const LATER_KB = 300;

const manifest = JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf8"));
const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1000;

/** Every script that a chunk needs before it runs, itself included. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

const sum = (keys) => [...keys].reduce((total, key) => total + size(manifest[key].file), 0);

const shell = closure("index.html");
const editor = closure("features/editor/EditorPage.tsx");
const extra = new Set([...editor].filter((key) => !shell.has(key)));
// What an editor fetches once it stands, and with it all that belongs to it.
const later = closure("features/editor/inspector/Inspector.tsx");
for (const key of ["InputDialog", "FlowSettings", "PublishDialog", "VersionsPanel", "MergeScreen"])
  closure(`features/editor/${key}.tsx`, later);
const rest = new Set([...later].filter((key) => !shell.has(key) && !editor.has(key)));
const failures = [];

const shellKb = sum(shell);
const editorKb = sum(extra);
console.log(`shell ${shellKb.toFixed(1)} kB gzipped (budget ${SHELL_KB})`);
const laterKb = sum(rest);
console.log(`editor ${editorKb.toFixed(1)} kB gzipped beyond the shell (budget ${EDITOR_KB})`);
console.log(`${laterKb.toFixed(1)} kB more are fetched once it stands (budget ${LATER_KB})`);
if (laterKb > LATER_KB) failures.push(`what an editor fetches later is ${laterKb.toFixed(1)} kB`);
if (shellKb > SHELL_KB) failures.push(`the shell is ${shellKb.toFixed(1)} kB`);
if (editorKb > EDITOR_KB) failures.push(`the editor is ${editorKb.toFixed(1)} kB`);

for (const file of readdirSync(join(dist, "assets")).filter((f) => f.endsWith(".js"))) {
  const text = readFileSync(join(dist, "assets", file), "utf8");
  if (/\bnew Function\(|[^.\w]eval\(/.test(text))
    failures.push(`${file} compiles code, which the page's policy forbids`);
  if (/validator-ajv8|\bajv\b/i.test(text)) failures.push(`${file} carries Ajv`);
}

for (const failure of failures) console.error(`bundle: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
