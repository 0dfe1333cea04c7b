// Makes the declarations for authors of the SDK's source: one module "drawbridge" of
// what index.ts exports, and of what that is told by.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const entry = join(root, "src/index.ts");
const head = `// The SDK: what \`import … from "drawbridge"\` gives. Made of src by test/declare.test.ts:
// npx vitest run --config sdk/js/vitest.config.ts -u
// biome-ignore-all lint/suspicious/noExplicitAny: what it is, the author knows
// biome-ignore-all lint/complexity/noUselessEmptyExport: it keeps from exporting all
`;

interface Declaration {
  text: string;
  uses: string[];
}

/** The text of types/drawbridge.d.ts. */
export function declare(): string {
  const all = new Map<string, Declaration>();
  let exported = new Set<string>();
  for (const [name, text] of emitted()) {
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    if (name.endsWith("/index.d.ts")) exported = new Set(exports(file));
    else for (const s of file.statements) add(all, s, file);
  }
  const reached = reachable(all, exported);
  const body = [...all]
    .filter(([name]) => reached.has(name))
    .map(([name, { text }]) => text.replace("@@", exported.has(name) ? "export " : ""));
  // Without it all of an ambient module is exported.
  const module = `${head}declare module "drawbridge" {\n${body.join("\n")}\nexport {};\n}\n`;
  const biome = join(root, "../../node_modules/.bin/biome");
  return execFileSync(biome, ["format", "--stdin-file-path=sdk/js/types/drawbridge.d.ts"], {
    cwd: join(root, "../.."),
    input: module,
    encoding: "utf8",
  });
}

/** The declarations of each file that index.ts leads to, in the order in which it does. */
function emitted(): Map<string, string> {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram([entry, join(root, "types/globals.d.ts")], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: join(root, "out"),
  });
  const files = new Map<string, string>();
  program.emit(undefined, (name, text) => files.set(name, text), undefined, true);
  return files;
}

/** The names that index.ts passes on. */
function* exports(file: ts.SourceFile): Generator<string> {
  for (const s of file.statements) {
    if (!ts.isExportDeclaration(s) || !s.exportClause || !ts.isNamedExports(s.exportClause)) continue;
    for (const e of s.exportClause.elements) yield e.name.text;
  }
}

function add(all: Map<string, Declaration>, s: ts.Statement, file: ts.SourceFile): void {
  const names = ts.isVariableStatement(s)
    ? s.declarationList.declarations.map((d) => d.name.getText(file))
    : [(s as ts.DeclarationStatement).name?.getText(file)];
  for (const name of names) {
    if (name === undefined || ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) continue;
    const comments = file.text.slice(s.getFullStart(), s.getStart(file)).trim();
    const bare = s.getText(file).replace(/^(export |declare )+/, "");
    all.set(name, { text: `${comments}\n@@${bare}`, uses: uses(s) });
  }
}

/** What a declaration is told by. */
function uses(node: ts.Node): string[] {
  const found: string[] = [];
  const visit = (n: ts.Node): void => {
    const by = ts.isTypeReferenceNode(n)
      ? n.typeName
      : ts.isTypeQueryNode(n)
        ? n.exprName
        : ts.isExpressionWithTypeArguments(n) || ts.isComputedPropertyName(n)
          ? n.expression
          : undefined;
    if (by !== undefined) found.push(by.getText());
    ts.forEachChild(n, visit);
  };
  visit(node);
  return found;
}

function reachable(all: Map<string, Declaration>, from: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const queue = [...from];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name) || !all.has(name)) continue;
    reached.add(name);
    queue.push(...(all.get(name) as Declaration).uses);
  }
  return reached;
}
