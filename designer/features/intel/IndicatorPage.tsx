import "./intel.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, Radar } from "lucide-react";
import { useState } from "react";
import { ApiError } from "@/api/http";
import { type Indicator, indicatorQuery, intel } from "@/api/intel";
import { usePermissions } from "@/api/permissions";
import { Markdown } from "@/canvas/Markdown";
import { TLPS, word } from "@/core/labels";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { useCommands } from "@/ui/commands";
import { Dialog } from "@/ui/Dialog";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plainly } from "@/ui/Named";
import { Score } from "@/ui/Score";
import { Ago, Until } from "@/ui/Time";
import { EditDialog } from "./EditDialog";
import { Chips, State } from "./IntelPage";
import { JudgeDialog } from "./JudgeDialog";
import { Relations } from "./Relations";
import { Sightings } from "./Sightings";
import { Sources } from "./Sources";
import { useChangeIndicator } from "./useIndicator";
import { INDICATOR_TYPES } from "./words";

const route = getRouteApi("/app/intelligence/$id");

/** One indicator: how it scores and why, who says so, where it was seen. */
export function IndicatorPage() {
  const { id } = route.useParams();
  const found = useQuery(indicatorQuery(id));
  if (found.data !== undefined) return <IndicatorView key={found.data.id} item={found.data} />;
  return (
    <>
      <header className="page-head">
        <BackLink />
        <h1>Indicator</h1>
      </header>
      <div className="page-body">
        {found.isPending && <SkeletonRows />}
        {found.isError &&
          (found.error instanceof ApiError && found.error.status === 404 ? (
            <Empty
              icon={Radar}
              title="There is no such indicator"
              text="It was removed, or its address is mistyped."
            >
              <Link to="/intelligence" search={{}} className="btn">
                All indicators
              </Link>
            </Empty>
          ) : (
            <ErrorView error={found.error}>
              <Button small onClick={() => void found.refetch()}>
                Try again
              </Button>
            </ErrorView>
          ))}
      </div>
    </>
  );
}

/** The way back to the list. */
export function BackLink() {
  return (
    <Link
      to="/intelligence"
      search={{}}
      className="icon-btn"
      aria-label="All indicators"
      title="All indicators"
    >
      <ChevronLeft size={18} aria-hidden />
    </Link>
  );
}

type Asking = "edit" | "score" | "false" | "remove";

function IndicatorView({ item }: { item: Indicator }) {
  const may = usePermissions();
  const disabled = !may.can("intel.write");
  const change = useChangeIndicator(item);
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  useCommands(() =>
    disabled
      ? []
      : [
          {
            id: "edit-indicator",
            name: "Edit this indicator",
            group: "Intelligence",
            run: () => setAsking("edit"),
          },
          {
            ...{ id: "false-positive", name: "Mark as a false positive", group: "Intelligence" },
            run: () => setAsking("false"),
          },
        ],
  );
  return (
    <>
      <header className="page-head">
        <BackLink />
        <span className="muted">{word(INDICATOR_TYPES, item.type)}</span>
        <h1 className="intel-h1 mono">{plainly(item.shown)}</h1>
        <CopyButton text={item.value} what={item.shown} />
        <Score score={item.score} />
        <State item={item} />
        <span className="grow" />
        {!disabled && (
          <>
            {item.override === undefined ? (
              <Button onClick={() => setAsking("score")}>Set the score…</Button>
            ) : (
              <Button onClick={() => change.mutate({ override: { score: 0, reason: "" } })}>
                Back to the formula
              </Button>
            )}
            {item.falsePositive === undefined ? (
              <Button onClick={() => setAsking("false")}>False positive…</Button>
            ) : (
              <Button onClick={() => change.mutate({ falsePositive: "" })}>Not a false positive</Button>
            )}
            <Button onClick={() => setAsking("remove")}>Remove…</Button>
            <Button look="primary" onClick={() => setAsking("edit")}>
              Edit…
            </Button>
          </>
        )}
      </header>
      <div className="page-body intel-page">
        <div className="intel-main">
          <Reasons item={item} />
          <Sources item={item} disabled={disabled} />
          <Sightings item={item} />
        </div>
        <Facts item={item} disabled={disabled} />
      </div>
      {asking === "edit" && <EditDialog item={item} onClose={close} />}
      {(asking === "score" || asking === "false") && (
        <JudgeDialog item={item} what={asking} onClose={close} />
      )}
      {asking === "remove" && <RemoveDialog item={item} onClose={close} />}
    </>
  );
}

/** What the score is made of; the points add up to it. */
function Reasons({ item }: { item: Indicator }) {
  return (
    <section className="card intel-part" aria-labelledby="intel-reasons">
      <h2 id="intel-reasons">Why it scores {item.score}</h2>
      {item.reasons.length === 0 && <p className="muted">Nobody says anything of it yet.</p>}
      <ul className="intel-reasons">
        {item.reasons.map((r) => (
          <li key={`${r.kind} ${r.text}`}>
            <span className="intel-points" data-less={r.points < 0}>
              {r.points > 0 ? `+${r.points}` : r.points}
            </span>
            <span>{plainly(r.text)}</span>
          </li>
        ))}
      </ul>
      {item.description !== "" && (
        <div className="markdown">
          <Markdown text={item.description} quotes />
        </div>
      )}
    </section>
  );
}

function Facts({ item, disabled }: { item: Indicator; disabled: boolean }) {
  return (
    <section className="card intel-part" aria-label="What it is">
      <dl className="intel-facts">
        <Fact name="Malware families" empty={item.families.length === 0}>
          <Chips of="family" names={item.families} />
        </Fact>
        <Fact name="Threat actors" empty={item.actors.length === 0}>
          <Chips of="actor" names={item.actors} />
        </Fact>
        <Fact name="Vulnerabilities" empty={item.vulnerabilities.length === 0}>
          <Chips of="vulnerability" names={item.vulnerabilities} />
        </Fact>
        <Fact name="Tags" empty={item.tags.length === 0}>
          <Chips of="tag" names={item.tags} />
        </Fact>
        <Fact name="TLP">{word(TLPS, item.tlp)}</Fact>
        <Fact name="Counts until">
          {item.validUntil === undefined ? (
            "for ever"
          ) : item.expired ? (
            <span className="intel-state">
              expired <Ago at={item.validUntil} />
            </span>
          ) : (
            <Until at={item.validUntil} />
          )}
        </Fact>
        <Fact name="Related">
          <Relations item={item} disabled={disabled} />
        </Fact>
        <Fact name="Made">
          <Ago at={item.createdAt} />
        </Fact>
        <Fact name="Changed">
          <Ago at={item.updatedAt} />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, empty, children }: { name: string; empty?: boolean; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{empty ? <span className="muted">none</span> : children}</dd>
    </>
  );
}

function RemoveDialog({ item, onClose }: { item: Indicator; onClose: () => void }) {
  const go = useNavigate();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => intel.remove(item.id),
    onSuccess: () => {
      onClose();
      void queries.invalidateQueries({ queryKey: ["indicators"] });
      void go({ to: "/intelligence", search: {} });
    },
  });
  return (
    <Dialog
      open
      reading
      onClose={onClose}
      title={`Remove ${item.shown}?`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            Remove it
          </Button>
        </>
      }
    >
      <p>
        It goes with what its sources say and its {item.sightings} sightings, for everybody. A feed or a flow
        that tells of it again makes it anew: to have it count for nothing, mark it a false positive instead.
      </p>
      {remove.isError && <ErrorView error={remove.error} />}
    </Dialog>
  );
}
