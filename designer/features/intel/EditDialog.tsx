import { useState } from "react";
import type { Indicator } from "@/api/intel";
import { TLPS } from "@/core/labels";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field, TextField } from "@/ui/Fields";
import { useChangeIndicator } from "./useIndicator";
import { namesOf } from "./words";

/** What stands for no time. */
const NEVER = "0001-01-01T00:00:00Z";
const LISTS = {
  families: "Malware families",
  actors: "Threat actors",
  vulnerabilities: "Vulnerabilities",
  tags: "Tags",
} as const;

/** Edits what an indicator is. */
export function EditDialog({ item, onClose }: { item: Indicator; onClose: () => void }) {
  const [lists, setLists] = useState(() => ({
    families: item.families.join(", "),
    actors: item.actors.join(", "),
    vulnerabilities: item.vulnerabilities.join(", "),
    tags: item.tags.join(", "),
  }));
  const [tlp, setTLP] = useState(item.tlp);
  const [until, setUntil] = useState(item.validUntil?.slice(0, 10) ?? "");
  const [description, setDescription] = useState(item.description);
  const change = useChangeIndicator(item);
  const save = () =>
    change.mutate(
      {
        families: namesOf(lists.families),
        actors: namesOf(lists.actors),
        vulnerabilities: namesOf(lists.vulnerabilities),
        tags: namesOf(lists.tags),
        tlp,
        description,
        // A day that nobody touched keeps its hour.
        ...(until === (item.validUntil?.slice(0, 10) ?? "")
          ? {}
          : { validUntil: until === "" ? NEVER : `${until}T00:00:00Z` }),
      },
      { onSuccess: onClose },
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Edit ${item.shown}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={change.isPending} onClick={save}>
            Save
          </Button>
        </>
      }
    >
      <form
        className="intel-form"
        onSubmit={(e) => {
          e.preventDefault();
          save();
        }}
      >
        {Object.entries(LISTS).map(([key, label], n) => (
          <TextField
            key={key}
            label={label}
            hint={key === "vulnerabilities" ? "CVE ids with commas between." : "With commas between."}
            value={lists[key as keyof typeof LISTS]}
            onChange={(e) => setLists({ ...lists, [key]: e.target.value })}
            autoFocus={n === 0}
          />
        ))}
        <Field label="TLP">
          {(id, below) => (
            <select
              id={id}
              aria-describedby={below}
              className="select"
              value={tlp}
              onChange={(e) => setTLP(e.target.value as Indicator["tlp"])}
            >
              {Object.entries(TLPS).map(([label, text]) => (
                <option key={label} value={label}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <TextField
          label="Counts until"
          hint="The day from which it counts for nothing; empty is never."
          type="date"
          value={until}
          onChange={(e) => setUntil(e.target.value)}
        />
        <Field label="Description" hint="Markdown.">
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              className="textarea"
              rows={4}
              value={description}
              onChange={(e) => setDescription(e.target.value)}
            />
          )}
        </Field>
        {change.isError && <ErrorView error={change.error} />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
