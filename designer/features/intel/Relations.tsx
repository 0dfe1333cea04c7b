import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { type Indicator, intel } from "@/api/intel";
import { Button, IconButton } from "@/ui/Button";
import { TextField } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { useChangeIndicator } from "./useIndicator";

/** What an indicator has to do with others, by their values. */
export function Relations({ item, disabled }: { item: Indicator; disabled: boolean }) {
  const [value, setValue] = useState("");
  const change = useChangeIndicator(item);
  const plain = item.relations.map(({ kind, to }) => ({ kind, to }));
  const relate = useMutation({
    mutationFn: async () => {
      const found = (await intel.lookUp([{ value }])).items[0]?.indicators.find((m) => m.how === "exact");
      if (found === undefined) throw new Error("There is no indicator of this value: add it first.");
      await change.mutateAsync({
        relations: [...plain, { kind: "related-to", to: found.indicator.id }],
      });
    },
    onSuccess: () => setValue(""),
  });
  return (
    <>
      {item.relations.length === 0 && <span className="muted">none</span>}
      <ul className="intel-relations">
        {item.relations.map((r) => (
          <li key={`${r.kind} ${r.to}`}>
            <span className="muted">{r.kind.replace("-", " ")} </span>
            <Link to="/intelligence/$id" params={{ id: r.to }} className="mono">
              {plainly(r.shown ?? "one that isn't here")}
            </Link>
            {!disabled && (
              <IconButton
                label={`Take the relation to ${r.shown ?? "it"} away`}
                onClick={() =>
                  change.mutate({ relations: plain.filter((p) => p.to !== r.to || p.kind !== r.kind) })
                }
              >
                <Trash2 size={14} aria-hidden />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      {!disabled && (
        <form
          className="intel-form"
          onSubmit={(e) => {
            e.preventDefault();
            if (value.trim() !== "") relate.mutate();
          }}
        >
          <TextField
            label="Relate to"
            hint="The value of another indicator."
            value={value}
            error={relate.error?.message}
            onChange={(e) => setValue(e.target.value)}
            spellCheck={false}
          />
          <Button small type="submit" busy={relate.isPending}>
            Relate
          </Button>
        </form>
      )}
    </>
  );
}
