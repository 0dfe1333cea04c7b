import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, FilePlus, HardDrive } from "lucide-react";
import { flows } from "@/api/client";
import { useCreateFlow } from "@/api/create";
import { ApiError } from "@/api/http";
import { type LeftDraft, leftDrafts } from "@/api/localDrafts";
import { usePermissions } from "@/api/permissions";
import { meQuery } from "@/api/queries";
import { encodeFlow } from "@/core/flow/encode";
import { Button } from "@/ui/Button";
import { saveText } from "@/ui/download";
import { agoText } from "@/ui/format";
import { Named, plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";

const KEY = ["left-drafts"];

/** Drafts that this browser keeps of flows that are gone: nobody can open the flow to find them. */
export function LeftDrafts({ listed }: { listed: readonly string[] }) {
  const me = useQuery(meQuery).data?.id;
  const left = useQuery({
    queryKey: [...KEY, me],
    queryFn: () => orphans(me ?? "", new Set(listed)),
    enabled: me !== undefined,
    // A copy holds a function, which is not compared.
    structuralSharing: false,
  });
  return (left.data ?? []).map((draft) => <Left key={draft.of} draft={draft} />);
}

/** How many flows are asked for at one visit: an answer holds the whole flow. */
const ASKED = 5;
/** What the server said of flows as long as this page stands: whether they are gone. */
const answered = new Map<string, boolean>();

/** The server says of each whether its flow is gone; where it says nothing, the copy waits. */
async function orphans(user: string, listed: ReadonlySet<string>): Promise<LeftDraft[]> {
  const drafts = await leftDrafts(user, listed);
  const unknown = drafts.filter((draft) => !answered.has(draft.of)).slice(0, ASKED);
  await Promise.all(
    unknown.map(({ of }) =>
      isGone(of).then(
        (gone) => answered.set(of, gone),
        () => undefined,
      ),
    ),
  );
  return drafts.filter((draft) => answered.get(draft.of));
}

async function isGone(id: string): Promise<boolean> {
  try {
    await flows.get(id);
    return false;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true;
    throw error;
  }
}

function Left({ draft }: { draft: LeftDraft }) {
  const queries = useQueryClient();
  const { can } = usePermissions();
  const create = useCreateFlow();
  const { name } = draft.flow;
  const again = () => void queries.invalidateQueries({ queryKey: KEY });
  // The page is left once the flow is made.
  const keep = () =>
    create.mutateAsync(draft.flow).then(
      () => void draft.forget(),
      (error: Error) => toast("fail", error.message),
    );
  const discard = () => {
    const back = draft.forget();
    again();
    toast("ok", `Discarded the draft of ${name}.`, {
      label: "Undo",
      run: () => {
        back();
        again();
      },
    });
  };
  return (
    <section className="left-drafts" aria-label={`Draft of ${plainly(name)}`} data-testid="left-draft">
      <HardDrive size={18} aria-hidden />
      <p className="grow">
        <strong>
          <Named text={name} />
        </strong>{" "}
        was deleted. What you drew and was not saved,{" "}
        {agoText(new Date(draft.at).toISOString()) || "a while ago"}, is kept in this browser alone.
      </p>
      {can("flow.write") ? (
        <Button busy={create.isPending} onClick={() => void keep()}>
          <FilePlus size={15} aria-hidden /> Keep as a new flow
        </Button>
      ) : (
        <Button onClick={() => saveText(`${plainly(name)}.flow.json`, encodeFlow(draft.flow))}>
          <Download size={15} aria-hidden /> Download
        </Button>
      )}
      <Button look="quiet" onClick={discard}>
        Discard
      </Button>
    </section>
  );
}
