import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Indicator } from "@/api/intel";
import { word } from "@/core/labels";
import { Button, IconButton } from "@/ui/Button";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { SourceFields, type SourceText, sourceOf } from "./SourceFields";
import { useChangeIndicator } from "./useIndicator";
import { VERDICTS } from "./words";

const NEW: SourceText = { name: "", verdict: "malicious", confidence: "50" };

/** Who says what of an indicator, and how surely. */
export function Sources({ item, disabled }: { item: Indicator; disabled: boolean }) {
  const [adding, setAdding] = useState<SourceText>();
  const change = useChangeIndicator(item);
  return (
    <section className="card intel-part" aria-labelledby="intel-sources">
      <header className="intel-part-head">
        <h2 id="intel-sources">
          Sources <span className="muted">{item.sources.length}</span>
        </h2>
        {!disabled && adding === undefined && (
          <Button small onClick={() => setAdding(NEW)}>
            <Plus size={14} aria-hidden /> Add
          </Button>
        )}
      </header>
      {adding !== undefined && (
        <form
          className="intel-form"
          onSubmit={(e) => {
            e.preventDefault();
            change.mutate({ source: sourceOf(adding) }, { onSuccess: () => setAdding(undefined) });
          }}
        >
          <SourceFields value={adding} hint="Who says so." onChange={setAdding} />
          <div className="row">
            <Button small look="primary" type="submit" busy={change.isPending}>
              Add it
            </Button>
            <Button small onClick={() => setAdding(undefined)}>
              Cancel
            </Button>
          </div>
        </form>
      )}
      {item.sources.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Verdict</th>
              <th scope="col">Confidence</th>
              <th scope="col">First seen</th>
              <th scope="col">Last seen</th>
              <th scope="col">
                <span className="hidden-text">Take away</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {item.sources.map((s) => (
              <tr key={s.name}>
                <td>
                  {plainly(s.name)}
                  {s.reference !== undefined && (
                    <span className="muted intel-reference">{plainly(s.reference)}</span>
                  )}
                </td>
                <td>{word(VERDICTS, s.verdict ?? "unknown")}</td>
                <td>{s.confidence}</td>
                <td className="muted">
                  <Ago at={s.firstSeen} />
                </td>
                <td className="muted">
                  <Ago at={s.lastSeen} />
                </td>
                <td>
                  {!disabled && (
                    <IconButton
                      label={`Take the word of ${s.name} away`}
                      onClick={() => change.mutate({ dropSource: s.name })}
                    >
                      <Trash2 size={14} aria-hidden />
                    </IconButton>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
