import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { artifactsQuery, type Case, type CaseArtifact, cases } from "@/api/cases";
import { type IndicatorMatch, matchesQuery } from "@/api/intel";
import { usePermissions } from "@/api/permissions";
import { ARTIFACT_TYPES, word } from "@/core/labels";
import { Button, IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { Score } from "@/ui/Score";
import { toast } from "@/ui/Toasts";
import { givenOf, KindSelect } from "./ArtifactKind";
import { artifactError, linesOf } from "./OpenCaseDialog";
import { useShowCase } from "./useCase";

/** How many artifacts are shown before one asks for all. */
const FIRST = 25;

/** What a case is about, the highest score first, defanged. */
export function Artifacts({ item, disabled }: { item: Case; disabled: boolean }) {
  const list = useQuery(artifactsQuery(item.id, item.revision));
  const show = useShowCase();
  const [adding, setAdding] = useState(false);
  const [all, setAll] = useState(false);
  const head = useRef<HTMLElement>(null);
  // What had the focus goes: the button that opened it is there again in the next frame.
  const added = () => {
    setAdding(false);
    requestAnimationFrame(() => head.current?.querySelector("button")?.focus());
  };
  const remove = useMutation({
    mutationFn: (a: { type: string; value: string }) => cases.removeArtifact(item.id, a.type, a.value),
    onSuccess: show,
    onError: (error) => toast("fail", error.message),
  });
  const retype = useMutation({
    mutationFn: ({ of, to }: { of: CaseArtifact; to: string }) => cases.retypeArtifact(item.id, of, to),
    onSuccess: show,
    onError: (error) => toast("fail", error.message),
  });
  const items = list.data?.items ?? [];
  const known = useKnown(item, items);
  return (
    <section className="card case-part" aria-labelledby="case-artifacts">
      <header ref={head} className="case-part-head">
        <h2 id="case-artifacts">
          Artifacts <span className="muted">{item.artifactCount}</span>
          {items.some((a) => a.score !== undefined || known.has(`${a.type} ${a.value}`)) && (
            <small className="muted case-scale">scores of 1000</small>
          )}
        </h2>
        {!disabled && !adding && (
          <Button small onClick={() => setAdding(true)}>
            <Plus size={14} aria-hidden /> Add
          </Button>
        )}
      </header>
      {adding && <AddArtifacts item={item} onDone={added} />}
      {list.isPending && <SkeletonRows rows={3} height={34} />}
      {list.isError && <ErrorView error={list.error} />}
      {list.data !== undefined && items.length === 0 && (
        <p className="muted case-none">
          Nothing yet: addresses, domains, hashes, hosts and people belong here.
        </p>
      )}
      <ul className="case-artifacts">
        {(all ? items : items.slice(0, FIRST)).map((a) => (
          <li key={`${a.type} ${a.value}`}>
            {disabled ? (
              <span className="muted case-artifact-type">{word(ARTIFACT_TYPES, a.type)}</span>
            ) : (
              <KindSelect
                label={`Kind of ${plainly(a.shown)}`}
                value={a.type}
                disabled={retype.isPending}
                onChange={(to) => retype.mutate({ of: a, to })}
              />
            )}
            <code className="case-artifact-value" title={a.note === "" ? plainly(a.shown) : plainly(a.note)}>
              {plainly(a.shown)}
            </code>
            <KnownScore artifact={a} match={known.get(`${a.type} ${a.value}`)} />
            <CopyButton text={a.value} what={a.shown} />
            {!disabled && (
              <IconButton
                label={`Take ${a.shown} away`}
                onClick={() => {
                  remove.mutate(a);
                  head.current?.querySelector("button")?.focus();
                }}
              >
                <Trash2 size={14} aria-hidden />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      {!all && items.length > FIRST && (
        <Button small onClick={() => setAll(true)}>
          Show all {items.length}
        </Button>
      )}
    </section>
  );
}

/** What intelligence knows of the artifacts that are shown, by type and value. */
function useKnown(item: Case, items: CaseArtifact[]): Map<string, IndicatorMatch> {
  const may = usePermissions();
  const asked = may.can("intel.read") ? items.map(({ type, value }) => ({ type, value })) : [];
  const found = useQuery(matchesQuery(item.id, item.revision, asked));
  return new Map(
    found.data?.items.filter((m) => m.indicators.length > 0).map((m) => [`${m.type} ${m.value}`, m]),
  );
}

/** The score of an artifact; where it is that of an indicator, with its reasons and the way there. */
function KnownScore({ artifact, match }: { artifact: CaseArtifact; match: IndicatorMatch | undefined }) {
  const best = match?.indicators.reduce((a, b) => (b.indicator.score > a.indicator.score ? b : a)).indicator;
  if (match === undefined || best === undefined) return <Score score={artifact.score} />;
  const reasons =
    match.allowed === undefined
      ? best.reasons.map((r) => r.text).join("\n")
      : `It is on the allow list: ${match.allowed.reason}`;
  return (
    <Link
      to="/intelligence/$id"
      params={{ id: best.id }}
      title={plainly(reasons)}
      aria-label={`Intelligence scores ${artifact.shown} ${match.score} of 1000: ${plainly(reasons)}`}
    >
      <Score score={match.score} />
    </Link>
  );
}

function AddArtifacts({ item, onDone }: { item: Case; onDone: () => void }) {
  const [text, setText] = useState("");
  const [kind, setKind] = useState("");
  const show = useShowCase();
  const add = useMutation({
    mutationFn: () => cases.addArtifacts(item.id, givenOf(linesOf(text), kind)),
    onSuccess: (now) => {
      show(now);
      onDone();
    },
  });
  const wrong = artifactError(add.error);
  return (
    <form
      className="case-form"
      onSubmit={(e) => {
        e.preventDefault();
        if (linesOf(text).length > 0) add.mutate();
      }}
    >
      <Field
        label="New artifacts"
        hint="One a line, defanged or not. Hosts that are known as assets are found out by their name."
        {...(wrong === undefined ? {} : { error: wrong })}
      >
        {(id, below) => (
          <textarea
            id={id}
            aria-describedby={below}
            className="textarea mono"
            rows={3}
            spellCheck={false}
            autoFocus
            value={text}
            onChange={(e) => setText(e.target.value)}
            onKeyDown={(e) => {
              if (e.key === "Escape") onDone();
              if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) e.currentTarget.form?.requestSubmit();
            }}
          />
        )}
      </Field>
      <Field label="Kind">{(id) => <KindSelect id={id} open value={kind} onChange={setKind} />}</Field>
      {add.isError && wrong === undefined && <ErrorView error={add.error} />}
      <div className="row">
        <Button small look="primary" type="submit" busy={add.isPending}>
          Add them
        </Button>
        <Button small onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
