import "./intel.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Radar, Trash2 } from "lucide-react";
import { useState } from "react";
import { fieldError } from "@/api/http";
import { type AllowEntry, allowListQuery, intel } from "@/api/intel";
import { usePermissions } from "@/api/permissions";
import { word } from "@/core/labels";
import { Button, IconButton } from "@/ui/Button";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { toast } from "@/ui/Toasts";
import { BackLink } from "./IndicatorPage";
import { ALLOW_KINDS } from "./words";

/** What never counts as an indicator, whoever says so: values, domains and networks of one's own. */
export function AllowListPage() {
  const list = useQuery(allowListQuery);
  const may = usePermissions();
  const queries = useQueryClient();
  const changed = () => {
    for (const key of ["indicator-allow-list", "indicators", "indicator", "indicator-matches"])
      void queries.invalidateQueries({ queryKey: [key] });
  };
  const remove = useMutation({
    mutationFn: (entry: AllowEntry) => intel.disallow(entry.id),
    onSuccess: changed,
    onError: (error) => toast("fail", error.message),
  });
  const items = list.data?.items ?? [];
  return (
    <>
      <header className="page-head">
        <BackLink />
        <h1>Allow list</h1>
      </header>
      <div className="page-body intel-allow">
        <p className="muted">
          What falls under an entry scores 0 and says so, whatever its sources say. A domain allows all below
          it, a network all within, and both what lies there, such as URLs.
        </p>
        {may.can("intel.write") && <AllowForm onDone={changed} />}
        {list.isPending && <SkeletonRows />}
        {list.isError && <ErrorView error={list.error} />}
        {list.data !== undefined && items.length === 0 && (
          <Empty
            icon={Radar}
            title="Nothing is allowed yet"
            text="Your own domains and networks belong here, and services that everybody uses."
          />
        )}
        {items.length > 0 && (
          <div className="card intel-card">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Value</th>
                  <th scope="col">What it allows</th>
                  <th scope="col">Why</th>
                  <th scope="col">By</th>
                  <th scope="col">
                    <span className="hidden-text">Take away</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((entry) => (
                  <tr key={entry.id}>
                    <td className="mono">{plainly(entry.shown)}</td>
                    <td>{word(ALLOW_KINDS, entry.kind)}</td>
                    <td>{plainly(entry.reason)}</td>
                    <td className="muted">
                      {plainly(entry.by)}, <Ago at={entry.at} />
                    </td>
                    <td>
                      {may.can("intel.write") && (
                        <IconButton label={`Take ${entry.shown} away`} onClick={() => remove.mutate(entry)}>
                          <Trash2 size={14} aria-hidden />
                        </IconButton>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </>
  );
}

function AllowForm({ onDone }: { onDone: () => void }) {
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const allow = useMutation({
    mutationFn: () => intel.allow({ value, reason }),
    onSuccess: () => {
      setValue("");
      setReason("");
      onDone();
    },
  });
  const wrong = fieldError(allow.error, "/value");
  const unsaid = fieldError(allow.error, "/reason");
  return (
    <form
      className="card intel-part intel-allow-form"
      onSubmit={(e) => {
        e.preventDefault();
        allow.mutate();
      }}
    >
      <TextField
        label="Value"
        hint="Such as corp.example, 192.0.2.0/24 or a hash."
        value={value}
        error={wrong}
        onChange={(e) => setValue(e.target.value)}
        spellCheck={false}
      />
      <TextField
        label="Reason"
        hint="It stands beside each score that it lowers."
        value={reason}
        error={unsaid}
        onChange={(e) => setReason(e.target.value)}
      />
      <Button look="primary" type="submit" busy={allow.isPending}>
        Allow it
      </Button>
      {allow.isError && wrong === undefined && unsaid === undefined && <ErrorView error={allow.error} />}
    </form>
  );
}
