import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { fieldError } from "@/api/http";
import { intel } from "@/api/intel";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { SourceFields, type SourceText, sourceOf } from "./SourceFields";
import { namesOf } from "./words";

/** Asks for a value and who says what of it, and goes to its indicator. */
export function AddDialog({ onClose }: { onClose: () => void }) {
  const [value, setValue] = useState("");
  const [tags, setTags] = useState("");
  const [source, setSource] = useState<SourceText>({ name: "", verdict: "malicious", confidence: "50" });
  const go = useNavigate();
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      intel.add({
        value,
        tags: namesOf(tags),
        ...(source.name.trim() === "" ? {} : { source: sourceOf(source) }),
      }),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["indicators"] });
      onClose();
      void go({ to: "/intelligence/$id", params: { id: made.id } });
    },
  });
  const wrong = fieldError(add.error, "/value");
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add an indicator"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={add.isPending} onClick={() => add.mutate()}>
            Add it
          </Button>
        </>
      }
    >
      <form
        className="intel-form"
        onSubmit={(e) => {
          e.preventDefault();
          add.mutate();
        }}
      >
        <TextField
          label="Value"
          hint="An address, domain, URL, hash, network… defanged or not; what it is is found out."
          value={value}
          error={wrong}
          onChange={(e) => setValue(e.target.value)}
          spellCheck={false}
          autoFocus
        />
        <SourceFields value={source} onChange={setSource} hint="Who says so; you, where it is left empty." />
        <TextField
          label="Tags"
          hint="With commas between."
          value={tags}
          onChange={(e) => setTags(e.target.value)}
        />
        {add.isError && wrong === undefined && <ErrorView error={add.error} />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
