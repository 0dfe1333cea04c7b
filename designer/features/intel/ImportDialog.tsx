import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileDown } from "lucide-react";
import { useEffect, useState } from "react";
import { type FileToImport, type IndicatorImport, intel } from "@/api/intel";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { DropTarget } from "@/ui/DropTarget";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { FileButton } from "@/ui/FileButton";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";

/** Looks at what a STIX bundle or a CSV file holds, and takes it in. */
export function ImportDialog({ dropped, onClose }: { dropped: File[]; onClose: () => void }) {
  const [file, setFile] = useState<File | undefined>(dropped[0]);
  const [source, setSource] = useState("");
  const queries = useQueryClient();
  const look = useMutation({ mutationFn: (f: File) => intel.import(toImport(f, source), false) });
  const apply = useMutation({
    mutationFn: (f: File) => intel.import(toImport(f, source), true),
    onSuccess: (done) => {
      for (const key of ["indicators", "indicator", "indicator-matches"])
        void queries.invalidateQueries({ queryKey: [key] });
      toast("ok", `${plural(done.new, "indicator")} new, ${done.changed} changed`);
      onClose();
    },
  });
  const { mutate: start } = look;
  // Another source is said with the import; what would happen is asked once a file.
  useEffect(() => {
    if (file !== undefined) start(file);
  }, [file, start]);
  const plan = look.data;
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title="Import indicators"
      description="A STIX 2.1 bundle (JSON) or a CSV file. Nothing changes before you have looked at it."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={apply.isPending}
            disabled={file === undefined || plan === undefined || look.isPending}
            onClick={() => file !== undefined && apply.mutate(file)}
          >
            Import
          </Button>
        </>
      }
    >
      <DropTarget label="Drop the file here" onDrop={(files) => setFile(files[0])}>
        <div className="intel-form">
          <div className="row">
            <FileButton
              autoFocus
              field="intel-file"
              accept=".json,.stix,.csv,.txt,application/json,text/csv"
              onFiles={([chosen]) => setFile(chosen)}
            >
              <FileDown size={15} aria-hidden /> Choose a file
            </FileButton>
            <span className={file === undefined ? "muted" : ""}>
              {file === undefined ? "or drop one here" : plainly(file.name)}
            </span>
          </div>
          <TextField
            label="Source"
            hint="Who says so, where the file doesn't name it."
            value={source}
            onChange={(e) => setSource(e.target.value)}
          />
          {look.isPending && <SkeletonRows rows={4} height={28} />}
          {look.isError && <ErrorView error={look.error} />}
          {apply.isError && <ErrorView error={apply.error} />}
          {plan !== undefined && !look.isPending && <Plan plan={plan} />}
        </div>
      </DropTarget>
    </Dialog>
  );
}

function toImport(file: File, source: string): FileToImport {
  const csv = /\.(csv|tsv|txt)$/i.test(file.name) || file.type === "text/csv";
  return { name: file.name, content: file, format: csv ? "csv" : "stix", source };
}

const OUTCOMES = { modelled: "Taken in", kept: "Kept as it is", refused: "Refused" } as const;
/** How many findings are shown. */
const SHOWN = 100;

function Plan({ plan }: { plan: IndicatorImport }) {
  const told = plan.findings.filter((f) => f.outcome !== "modelled");
  return (
    <section aria-label="What the file holds" className="intel-plan">
      <ul className="intel-counts">
        <Count n={plan.new} text="new" />
        <Count n={plan.changed} text="changed" />
        <Count n={plan.same} text="known already" />
        <Count n={plan.sightings} text="sightings" />
        <Count n={plan.kept} text="kept as they are" />
        <Count n={plan.refused} text="refused" />
      </ul>
      {told.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Outcome</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {told.slice(0, SHOWN).map((f) => (
              <tr key={`${f.place} ${f.message}`}>
                <td className="mono intel-place">{plainly(f.place)}</td>
                <td>{OUTCOMES[f.outcome]}</td>
                <td>
                  {plainly(f.message)}
                  {f.fix !== "" && <span className="muted"> {plainly(f.fix)}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {told.length > SHOWN && <p className="muted">And {told.length - SHOWN} more.</p>}
    </section>
  );
}

function Count({ n, text }: { n: number; text: string }) {
  return (
    <li className={n === 0 ? "muted" : ""}>
      <strong>{n}</strong> {text}
    </li>
  );
}
