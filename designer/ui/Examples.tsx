import { JsonTree } from "./JsonTree";

interface Example {
  name?: string;
  input?: unknown;
  output?: unknown;
  error?: { code: string; message?: string };
}

/** Calls of an action, or uses of a node, each with what it was given and what it gave. */
export function Examples({ of, examples }: { of: string; examples: readonly Example[] }) {
  return examples.map((e, i) => (
    <section key={i} className="example" aria-label={`Example of ${of}: ${e.name || i + 1}`}>
      <h3>Example: {e.name || i + 1}</h3>
      <div className="example-sides">
        <Side title="Given" label="Input" value={e.input} />
        {e.error ? (
          <Side title="Fails with" label="Expected error" value={{ ...e.error }} />
        ) : (
          <Side title="Gives" label="Output" value={e.output} />
        )}
      </div>
    </section>
  ));
}

function Side({ title, label, value }: { title: string; label: string; value: unknown }) {
  return (
    <div>
      <p className="muted">{title}</p>
      <JsonTree value={value ?? null} label={label} searchable={false} />
    </div>
  );
}
