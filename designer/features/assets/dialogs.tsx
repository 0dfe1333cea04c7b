import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileDown } from "lucide-react";
import { useState } from "react";
import { type Asset, assets, type GivenAsset } from "@/api/assets";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field, Segments, TextField } from "@/ui/Fields";
import { FileButton } from "@/ui/FileButton";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";

const KINDS = ["host", "user", "service", "bucket"] as const;
const WHATS = [
  { value: "assets", label: "Assets" },
  { value: "findings", label: "Findings" },
] as const;
const HEADS = {
  assets: "name, kind, owner, hostname, ip, mac, mail, cloud, criticality, value, currency, exposed, tags",
  findings: "asset, cve, title, severity, cvss, epss, exploited, first seen, last seen, state, source",
};

type Problems = { problems?: { pointer?: string; message: string; fix?: string }[] };

/** The places and reasons for which something is refused. */
function Refused({ error }: { error: Error }) {
  const list = (error as Problems).problems ?? [];
  if (list.length === 0) return <ErrorView error={error} />;
  return (
    <div className="problem" role="alert">
      <ul className="asset-refused">
        {list.map((p) => (
          <li key={p.pointer}>
            {plainly((p.pointer ?? "").replace(/^\/(assets\/0\/)?/, "").replaceAll("/", " "))}:{" "}
            {plainly(p.message)}
            {p.fix ? ` (${plainly(p.fix)})` : ""}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Takes in a CSV file: it is looked at first, and all of it is kept or nothing. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [what, setWhat] = useState<"assets" | "findings">("assets");
  const [text, setText] = useState("");
  const queries = useQueryClient();
  const look = useMutation({ mutationFn: (file: string) => assets.importFile(what, file, true) });
  const keep = useMutation({
    mutationFn: () => assets.importFile(what, text, false),
    onSuccess: (done) => {
      void queries.invalidateQueries({ queryKey: ["assets"] });
      void queries.invalidateQueries({ queryKey: ["findings"] });
      const news = done.newAssets > 0 ? `, ${plural(done.newAssets, "new asset")}` : "";
      toast("ok", `Took in ${plural(done.lines, "line")}${news}`);
      onClose();
    },
  });
  const write = (file: string) => {
    setText(file);
    keep.reset();
    if (file.trim() === "") look.reset();
    else look.mutate(file);
  };
  const wrong = keep.error ?? look.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Import a CSV file"
      description="The first line names the columns. All of it is taken in, or nothing."
      wide
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={keep.isPending}
            disabled={look.data === undefined || look.isPending || text === ""}
            onClick={() => keep.mutate()}
          >
            {look.data === undefined ? "Import" : `Import ${plural(look.data.lines, "line")}`}
          </Button>
        </>
      }
    >
      <div className="asset-form">
        <Segments
          label="What is in it"
          value={what}
          options={WHATS}
          onChange={(value) => {
            setWhat(value);
            setText("");
            look.reset();
            keep.reset();
          }}
        />
        <div className="row">
          <FileButton
            field="assets-file"
            accept=".csv,text/csv"
            onFiles={([file]) => void file?.text().then(write)}
          >
            <FileDown size={15} aria-hidden /> Choose a file
          </FileButton>
        </div>
        <Field label="Or its text" hint={`Columns: ${HEADS[what]}. Others are left out.`}>
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              className="textarea mono"
              rows={7}
              spellCheck={false}
              value={text}
              onChange={(e) => write(e.target.value)}
            />
          )}
        </Field>
        {wrong !== null && text !== "" && <Refused error={wrong} />}
      </div>
    </Dialog>
  );
}

/** Asks for what an asset is; one of the same kind and name is changed. */
export function AssetDialog({ asset, onClose }: { asset: Asset | undefined; onClose: () => void }) {
  const [name, setName] = useState(asset?.name ?? "");
  const [kind, setKind] = useState<string>(asset?.kind ?? "host");
  const [owner, setOwner] = useState(asset?.owner ?? "");
  const [criticality, setCriticality] = useState(String(asset?.criticality ?? 3));
  const [value, setValue] = useState(asset?.value ? String(asset.value) : "");
  const [currency, setCurrency] = useState(asset?.currency ?? "");
  const [known, setKnown] = useState(
    (asset?.identifiers ?? []).map((i) => `${i.type} ${i.value}`).join("\n"),
  );
  const queries = useQueryClient();
  const keep = useMutation({
    mutationFn: () =>
      assets.put({
        name,
        kind: kind as GivenAsset["kind"] & string,
        owner,
        criticality: Number(criticality),
        ...(value === "" ? {} : { value: Number(value) }),
        ...(currency === "" ? {} : { currency }),
        identifiers: identifiersOf(known),
      }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["assets"] });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={asset === undefined ? "Add an asset" : `Change ${asset.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={keep.isPending} onClick={() => keep.mutate()}>
            Keep it
          </Button>
        </>
      }
    >
      <form
        className="asset-form"
        onSubmit={(e) => {
          e.preventDefault();
          keep.mutate();
        }}
      >
        <TextField
          label="Name"
          value={name}
          disabled={asset !== undefined}
          onChange={(e) => setName(e.target.value)}
          autoFocus={asset === undefined}
        />
        <Field label="Kind">
          {(id) => (
            <select
              id={id}
              className="select"
              value={kind}
              disabled={asset !== undefined}
              onChange={(e) => setKind(e.target.value)}
            >
              {KINDS.map((k) => (
                <option key={k}>{k}</option>
              ))}
            </select>
          )}
        </Field>
        <TextField label="Owner" value={owner} onChange={(e) => setOwner(e.target.value)} />
        <Field label="Criticality" hint="From 1, of no weight, to 5, keeps the organisation going.">
          {(id, below) => (
            <select
              id={id}
              aria-describedby={below}
              className="select"
              value={criticality}
              onChange={(e) => setCriticality(e.target.value)}
            >
              {["1", "2", "3", "4", "5"].map((n) => (
                <option key={n}>{n}</option>
              ))}
            </select>
          )}
        </Field>
        <TextField
          label="Value"
          hint="What is lost with it."
          inputMode="decimal"
          value={value}
          onChange={(e) => setValue(e.target.value)}
        />
        <TextField
          label="Currency"
          hint="Such as EUR."
          value={currency}
          onChange={(e) => setCurrency(e.target.value)}
        />
        <Field label="Known by" hint="One a line: hostname, ip, mac, mail or cloud, a space, and the value.">
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              className="textarea mono"
              rows={3}
              spellCheck={false}
              value={known}
              onChange={(e) => setKnown(e.target.value)}
            />
          )}
        </Field>
        {keep.isError && <Refused error={keep.error} />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

function identifiersOf(text: string): NonNullable<GivenAsset["identifiers"]> {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [type, ...rest] = line.trim().split(/\s+/);
      return { type: type as "ip", value: rest.join(" ") };
    });
}
