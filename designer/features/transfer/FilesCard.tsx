import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { type FileState, summary } from "./plan";

const ICONS = {
  stops: { icon: CircleAlert, color: "var(--fail)" },
  errors: { icon: TriangleAlert, color: "var(--wait)" },
  fine: { icon: CircleCheck, color: "var(--ok)" },
};

/** Says in one sentence what comes of the dropped files, and of each of them why. */
export function FilesCard({ files, applicable }: { files: readonly FileState[]; applicable: boolean }) {
  if (files.length < 2 && files.every((f) => f.errors + f.warnings === 0)) return null;
  return (
    <section className="card" aria-labelledby="files-title" data-testid="import-summary">
      <div className="card-head">
        <h2 id="files-title" role="status">
          {summary(files, applicable)}
        </h2>
      </div>
      <ul>
        {files.map((file, i) => (
          <FileRow key={i} file={file} />
        ))}
      </ul>
    </section>
  );
}

function FileRow({ file }: { file: FileState }) {
  const kind = file.stops ? "stops" : file.errors > 0 ? "errors" : "fine";
  const { icon: Icon, color } = ICONS[kind];
  return (
    <li className="result-row">
      <Icon size={15} color={color} aria-hidden />
      <span className="grow">{plainly(file.name)}</span>
      <span className="muted">{fileText(file)}</span>
    </li>
  );
}

function fileText({ stops, errors, warnings }: FileState): string {
  const found = [errors > 0 && plural(errors, "error"), warnings > 0 && plural(warnings, "warning")].filter(
    (f) => f !== false,
  );
  const list = found.length === 0 ? "" : `: ${found.join(", ")}`;
  if (stops) return `Can’t be imported${list}`;
  return errors > 0 ? `Ready to import as a draft${list}` : `Ready to import${list}`;
}
