import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, ChevronDown } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { usePermissions } from "@/api/permissions";
import { type View, type ViewedList, views, viewsQuery } from "@/api/views";
import { Button } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { type Fields, fitted, pickOf, type Search, same } from "./filter";
import { RemoveDialog, ViewDialog } from "./ViewDialog";

interface SavedViewsProps {
  list: ViewedList;
  /** What the address says; `saved` names the view that it was opened by. */
  search: Search;
  fields: Fields;
  onOpen: (search: Record<string, string>) => void;
}

type Asked = { what: "new" } | { what: "name" | "filter" | "remove"; view: View };

/** The views of a list that people saved: to open, save, rename, share, begin with and delete. */
export function SavedViews({ list, search, fields, onOpen }: SavedViewsProps) {
  const queries = useQueryClient();
  const may = usePermissions();
  const read = useQuery(viewsQuery(list));
  const [asked, ask] = useState<Asked>();
  const items = read.data?.items ?? [];
  const first = read.data?.default ?? "";
  const now = pickOf(search, fields);
  const current = items.find((v) => v.id === search.saved);
  const fits = fitted(current?.filter ?? {}, fields);
  const changed = current !== undefined && !same(fits.kept, now);
  const open = (v: View) => onOpen({ ...fitted(v.filter, fields).kept, saved: v.id });
  useOpening({ items, first, search, empty: Object.keys(now).length === 0, ready: read.isSuccess, open });
  const begin = useMutation({
    mutationFn: (view: string) => views.begin(list, view),
    async onSuccess(_, view) {
      toast("ok", view === "" ? "The list begins as it is." : "You begin this list with the view.");
      await queries.invalidateQueries({ queryKey: ["views", list] });
    },
    onError: (error) => toast("fail", error.message),
  });
  const changes =
    current !== undefined && (current.shared ? current.mine || may.can("case.work") : current.mine);
  const about = (what: "name" | "filter" | "remove") => () => {
    if (current !== undefined) ask({ what, view: current });
  };
  return (
    <>
      <Menu
        trigger={
          <Button data-testid="views">
            <Bookmark size={15} aria-hidden />
            {current === undefined ? (
              "Views"
            ) : (
              <>
                <span className="hidden-text">Saved view </span>
                {plainly(current.name)}
              </>
            )}
            {changed && <span className="muted">changed</span>}
            <ChevronDown size={14} aria-hidden />
          </Button>
        }
        entries={[
          ...items.map((v) => ({ label: labelOf(v, first), onSelect: () => open(v) })),
          ...(items.length > 0 ? (["line"] as const) : []),
          { label: "Save as a new view…", onSelect: () => ask({ what: "new" }) },
          ...(current === undefined
            ? []
            : [
                { label: "Save over this view…", disabled: !changes, onSelect: about("filter") },
                { label: "Rename or share…", disabled: !changes, onSelect: about("name") },
                first === current.id
                  ? { label: "Begin without a view", onSelect: () => begin.mutate("") }
                  : { label: "Begin with this view", onSelect: () => begin.mutate(current.id) },
                { label: "Delete this view…", danger: true, disabled: !changes, onSelect: about("remove") },
              ]),
        ]}
      />
      <span role="status" className="muted" data-testid="views-note">
        {noteOf(read.isSuccess, search.saved, current, fits.dropped)}
      </span>
      {asked?.what === "remove" && (
        <RemoveDialog
          view={asked.view}
          onClose={() => ask(undefined)}
          onRemoved={() => onOpen(pickOf(search, fields))}
        />
      )}
      {asked !== undefined && asked.what !== "remove" && (
        <ViewDialog
          list={list}
          what={asked.what}
          view={asked.what === "new" ? undefined : asked.view}
          filter={now}
          mayShare={may.can("case.work")}
          onClose={() => ask(undefined)}
          onKept={(v) => (asked.what === "name" ? undefined : open(v))}
        />
      )}
    </>
  );
}

function labelOf(v: View, first: string): string {
  const marks = [v.shared && (v.mine ? "shared" : `shared by ${v.owner}`), v.id === first && "first"].filter(
    Boolean,
  );
  return marks.length === 0 ? v.name : `${v.name} (${marks.join(", ")})`;
}

/** What people have to know of the view that the address names. */
function noteOf(
  ready: boolean,
  saved: string | undefined,
  current: View | undefined,
  dropped: string[],
): string {
  if (!ready || saved === undefined) return "";
  if (current === undefined)
    return "The saved view of this address is gone, or somebody else's own: what is picked is what the address says.";
  if (dropped.length === 0) return "";
  return `This view also picks by what the list no longer has, which is left out: ${plainly(dropped.join(", "))}.`;
}

interface Opening {
  items: View[];
  first: string;
  search: Search;
  empty: boolean;
  ready: boolean;
  open: (view: View) => void;
}

/**
 * Opens what an address names by a view alone, and the view that one begins with where it says
 * nothing. Each happens once: whoever clears the filters then wants none.
 */
function useOpening({ items, first, search, empty, ready, open }: Opening) {
  const done = useRef<string>(undefined);
  useEffect(() => {
    const wanted = search.saved ?? (done.current === undefined ? first : "");
    if (!ready || done.current === (search.saved ?? "")) return;
    const view = items.find((v) => v.id === wanted);
    done.current = view?.id ?? search.saved ?? "";
    if (view !== undefined && empty) open(view);
  });
}
