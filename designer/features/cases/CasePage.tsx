import "./cases.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronLeft, Merge } from "lucide-react";
import { useState } from "react";
import { type Case, caseQuery } from "@/api/cases";
import { ApiError } from "@/api/http";
import { usePermissions } from "@/api/permissions";
import { Markdown } from "@/canvas/Markdown";
import { useLiveCase } from "@/run/cases";
import { Button } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { DropTarget } from "@/ui/DropTarget";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plainly } from "@/ui/Named";
import { Artifacts } from "./Artifacts";
import { Attachments } from "./Attachments";
import { CaseAlerts } from "./CaseAlerts";
import { CaseFacts } from "./CaseFacts";
import { CaseTimeline } from "./CaseTimeline";
import { CloseDialog, MergeDialog } from "./dialogs";
import { EditableText } from "./EditableText";
import { Exposure } from "./Exposure";
import { RelatedCases } from "./RelatedCases";
import { Tasks } from "./Tasks";
import { useChangeCase } from "./useCase";
import { useUploads } from "./useUploads";
import { SeverityMark, StatusMark } from "./words";

const route = getRouteApi("/app/cases/$id");

/** One case: what it is, what is known, what was done, and what it has to do with others. */
export function CasePage() {
  const { id } = route.useParams();
  const found = useQuery(caseQuery(id));
  if (found.data !== undefined) return <CaseView key={found.data.id} item={found.data} name={id} />;
  return (
    <>
      <header className="page-head">
        <BackLink />
        <h1>Case {id}</h1>
      </header>
      <div className="page-body">
        {found.isPending && <SkeletonRows />}
        {found.isError &&
          (found.error instanceof ApiError && found.error.status === 404 ? (
            <Empty icon={Merge} title="There is no such case" text="Its number or address may be mistyped.">
              <Link to="/cases" search={{}} className="btn">
                All cases
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

interface BackProps {
  to?: "/cases" | "/cases/templates";
  label?: string;
}

/** The way back to the list. */
export function BackLink({ to = "/cases", label = "All cases" }: BackProps) {
  return (
    <Link to={to} search={{}} className="icon-btn" aria-label={label} title={label}>
      <ChevronLeft size={18} aria-hidden />
    </Link>
  );
}

function CaseView({ item, name }: { item: Case; name: string }) {
  useLiveCase(item.id, name);
  const may = usePermissions();
  const change = useChangeCase(item);
  const [dialog, setDialog] = useState<"close" | "merge">();
  const disabled = !may.can("case.work") || item.mergedInto !== undefined;
  const uploads = useUploads(item, name, disabled);
  const save = (fields: { title: string } | { description: string }, base: number) =>
    change.mutateAsync({ ...fields, base }).then(
      () => true,
      () => false,
    );
  useCommands(() =>
    disabled
      ? []
      : [
          ...(item.status === "closed"
            ? []
            : [
                {
                  ...{ id: "close-case", name: "Close this case", group: "Cases" },
                  run: () => setDialog("close"),
                },
              ]),
          {
            ...{ id: "merge-case", name: "Merge this case into another", group: "Cases" },
            run: () => setDialog("merge"),
          },
        ],
  );
  const page = (
    <>
      <header className="page-head">
        <BackLink />
        <span className="muted">#{item.number}</span>
        <EditableText
          label="Title"
          value={item.title}
          revision={item.revision}
          disabled={disabled}
          onSave={(title, base) => save({ title }, base)}
        >
          <h1 className="case-h1">{plainly(item.title)}</h1>
        </EditableText>
        <SeverityMark severity={item.severity} />
        <StatusMark item={item} />
        <span className="grow" />
        {!disabled && (
          <>
            <Button onClick={() => setDialog("merge")}>Merge…</Button>
            {item.status === "closed" ? (
              <Button onClick={() => change.mutate({ status: "open" })}>Open again</Button>
            ) : (
              <Button look="primary" onClick={() => setDialog("close")}>
                Close…
              </Button>
            )}
          </>
        )}
      </header>
      <div className="page-body case-page">
        {item.mergedInto !== undefined && (
          <p className="case-merged" role="status">
            This case goes on in{" "}
            <Link to="/cases/$id" params={{ id: item.mergedInto }}>
              another one
            </Link>
            ; nothing is changed here any more.
          </p>
        )}
        <div className="case-main">
          <section className="card case-part" aria-labelledby="case-description">
            <h2 id="case-description" className="hidden-text">
              Description
            </h2>
            <EditableText
              label="Description"
              value={item.description}
              many
              disabled={disabled}
              revision={item.revision}
              onSave={(description, base) => save({ description }, base)}
            >
              {item.description === "" ? (
                <p className="muted">No description yet.</p>
              ) : (
                <div className="markdown">
                  <Markdown text={item.description} quotes />
                </div>
              )}
            </EditableText>
          </section>
          <Tasks item={item} disabled={disabled} />
          <CaseTimeline item={item} disabled={disabled} />
        </div>
        <div className="case-side">
          <CaseFacts
            item={item}
            disabled={disabled}
            onChange={(fields) => change.mutate(fields)}
            onClose={() => setDialog("close")}
          />
          <Artifacts item={item} disabled={disabled} />
          <Attachments item={item} disabled={disabled} uploads={uploads} />
          <CaseAlerts item={item} />
          <Exposure item={item} />
          <RelatedCases item={item} />
        </div>
      </div>
      {dialog === "close" && <CloseDialog item={item} onClose={() => setDialog(undefined)} />}
      {dialog === "merge" && <MergeDialog item={item} onClose={() => setDialog(undefined)} />}
    </>
  );
  if (disabled) return page;
  return (
    <DropTarget onDrop={uploads.add} label="Drop files to attach them to this case">
      {page}
    </DropTarget>
  );
}
