import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Dot, ShieldAlert } from "lucide-react";
import { useRef, useState } from "react";
import { connectors } from "@/api/client";
import { powersQuery } from "@/api/queries";
import type { Connector, Powers, Want } from "@/api/types";
import { Button } from "@/ui/Button";
import { ConflictNote, conflictOf } from "@/ui/Conflict";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { plural } from "@/ui/format";
import { toast } from "@/ui/Toasts";

interface ConsentProps {
  connector: Connector;
  powers: Powers;
  may: boolean;
}

/** What a connector asks for, in plain words, and whether somebody agreed to it. */
export function ConsentCard({ connector: c, powers, may }: ConsentProps) {
  const queries = useQueryClient();
  const [withdrawing, setWithdrawing] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const save = useMutation({
    mutationFn: (consent: boolean) =>
      connectors.savePowers(c.id, c.version, powers.revision, consent, powers.grant),
    onSuccess(saved) {
      queries.setQueryData(powersQuery(c.id, c.version).queryKey, saved);
      for (const key of ["connectors", "connector-health", "catalog", "credential-types"])
        void queries.invalidateQueries({ queryKey: [key] });
      setWithdrawing(false);
      // The button that was pressed is gone: one goes on from what has become of it.
      if (saved.consented) title.current?.focus();
      toast("ok", saved.consented ? `${c.id} may run now.` : `${c.id} does not run any more.`);
    },
  });
  const first = conflictOf<Powers>(save.error, "powers");
  // Whoever decides must have seen what was decided last.
  const look = () => {
    if (first !== undefined) queries.setQueryData(powersQuery(c.id, c.version).queryKey, first.theirs);
    setWithdrawing(false);
    save.reset();
  };
  const failed = first === undefined ? save.error : null;
  const { asked, fresh, consented } = powers;
  const open = !c.bundled && !consented;
  // An earlier version was agreed to: only what is new needs a second look.
  const upgrade = open && fresh.length < asked.length;
  const isFresh = (want: Want) => upgrade && fresh.some((f) => f.sentence === want.sentence);
  const rows = [...asked.filter(isFresh), ...asked.filter((w) => !isFresh(w))];
  const high = fresh.some((w) => w.risk === "high");
  return (
    <section
      className={open ? "card card-asks" : "card"}
      aria-labelledby="powers-title"
      data-testid="powers"
      data-consented={consented || c.bundled}
    >
      <div className="card-head">
        <div className="grow">
          <h2 id="powers-title" ref={title} tabIndex={-1}>
            {open ? "It asks for your consent" : "What it may do"}
          </h2>
          <p className="muted">{explanation(c, powers, upgrade)}</p>
        </div>
        {may && !c.bundled && consented && (
          <Button look="danger" onClick={() => setWithdrawing(true)}>
            Withdraw consent…
          </Button>
        )}
        {may && open && (
          <Button
            look={high ? "danger-full" : "primary"}
            busy={save.isPending}
            onClick={() => save.mutate(true)}
            data-testid="consent"
          >
            {upgrade ? `Consent to ${plural(fresh.length, "new power")}` : "Consent, let it run"}
          </Button>
        )}
      </div>
      {failed && !withdrawing && (
        <div className="card-body">
          <ErrorView error={failed} />
        </div>
      )}
      {first !== undefined && !withdrawing && (
        <div className="card-body">
          <ConflictNote conflict={first} what="what this connector may do">
            <Button small onClick={look}>
              Show it as it is now
            </Button>
          </ConflictNote>
        </div>
      )}
      {asked.length === 0 ? (
        <p className="card-body row">
          <CircleCheck size={16} color="var(--ok)" aria-hidden /> Nothing: it computes on what it is given,
          and reaches nothing outside.
        </p>
      ) : (
        <ul className="wants" data-testid="wants">
          {rows.map((w) => (
            <WantRow key={w.sentence} want={w} fresh={isFresh(w)} may={!open} />
          ))}
        </ul>
      )}
      {open && !may && <p className="card-body muted">An administrator can consent to it.</p>}
      <Dialog
        open={withdrawing}
        onClose={() => setWithdrawing(false)}
        title={`Withdraw consent from ${c.name || c.id}?`}
        footer={
          <>
            <Button onClick={() => setWithdrawing(false)}>Keep it</Button>
            <Button look="danger-full" busy={save.isPending} onClick={() => save.mutate(false)}>
              Withdraw consent
            </Button>
          </>
        }
      >
        <p>
          No action of {c.id} {c.version} runs from now on: live flows that use it fail at its steps until
          somebody consents again.
        </p>
        {failed && <ErrorView error={failed} />}
        {first !== undefined && (
          <ConflictNote conflict={first} what="what this connector may do">
            <Button small onClick={look}>
              Show it as it is now
            </Button>
          </ConflictNote>
        )}
      </Dialog>
    </section>
  );
}

function explanation(c: Connector, powers: Powers, upgrade: boolean): string {
  if (c.bundled) return "It came with the server, and needs no consent.";
  if (powers.consented)
    return grantsMore(powers.grant)
      ? "An administrator consented to this. It can do nothing else, but for what is granted below."
      : "An administrator consented to this, and granted nothing else.";
  return upgrade
    ? "An earlier version was consented to. This one asks for more, and none of its actions runs before."
    : "None of its actions runs before.";
}

function grantsMore(grant: Powers["grant"]): boolean {
  return [grant.http, grant.net, grant.networks].some((list) => (list ?? []).length > 0) || grant.kv === true;
}

/** One power as a sentence, with the author's reason; what reaches far looks different. */
function WantRow({ want, fresh, may }: { want: Want; fresh: boolean; may: boolean }) {
  const high = want.risk === "high";
  return (
    <li className="want" data-risk={want.risk} data-fresh={fresh || undefined} data-may={may || undefined}>
      {high ? (
        <ShieldAlert size={16} aria-hidden />
      ) : may ? (
        <CircleCheck size={16} aria-hidden />
      ) : (
        // What nobody agreed to yet has no tick.
        <Dot size={16} strokeWidth={6} aria-hidden />
      )}
      <div className="grow">
        <p>
          It {want.sentence}.{high && <strong className="want-high"> Far-reaching.</strong>}
        </p>
        {want.reason !== "" && <p className="muted">Its author says: {want.reason}</p>}
      </div>
      {fresh && <span className="badge badge-wait">New in this version</span>}
    </li>
  );
}
