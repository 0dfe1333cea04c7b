import { Download, Scissors } from "lucide-react";
import type { ValueCut } from "@/api/types";
import type { Json } from "@/core/flow/document";
import { isObject } from "@/core/flow/same";
import { Button } from "@/ui/Button";
import { download } from "@/ui/download";
import { bytesText, plural } from "@/ui/format";

interface CutNoteProps {
  /** What is here of it; undefined where that is nothing. */
  value: Json | undefined;
  cut: ValueCut;
  /** What it is called: output. */
  label: string;
  /** Where the whole is saved from. */
  file: string;
}

/** Of a value that is too large for a page: how much it is, and the whole as a file. */
export function CutNote({ value, cut, label, file }: CutNoteProps) {
  const kind = kindOf(value, cut);
  return (
    <div className="cut-note" data-testid="cut-note">
      <p>
        <Scissors size={14} aria-hidden />{" "}
        <strong>
          {bytesText(cut.size)}
          {kind !== "" && `: ${kind}`}
        </strong>
        .{" "}
        <span className="muted">
          {value === undefined ? "Too much to be shown here." : "Below is the beginning of it."}
        </span>
      </p>
      <DownloadWhole label={label} file={file} />
    </div>
  );
}

/** Saves the whole of a value that is here only in part. */
export function DownloadWhole({ label, file }: Pick<CutNoteProps, "label" | "file">) {
  return (
    <Button small onClick={() => download(file)}>
      <Download size={13} aria-hidden /> Download the whole {label}
    </Button>
  );
}

/** What a value is, with all that it has: a list of 240 items. */
function kindOf(value: Json | undefined, { more }: ValueCut): string {
  if (value === undefined) return "";
  const rest = more?.find((m) => m.pointer === "")?.more ?? 0;
  if (Array.isArray(value)) return `a list of ${plural(value.length + rest, "item")}`;
  if (isObject(value)) return `an object of ${plural(Object.keys(value).length + rest, "field")}`;
  return typeof value === "string" ? `a text of ${plural([...value].length + rest, "character")}` : "";
}

/** The size of a value that an answer left out because it is large; undefined where it is the value. */
export function leftOut(value: Json | undefined): number | undefined {
  return isObject(value) && value.$truncated === true && typeof value.size === "number"
    ? value.size
    : undefined;
}
