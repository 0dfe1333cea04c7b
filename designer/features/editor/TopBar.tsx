import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import {
  ChevronRight,
  CircleAlert,
  CircleCheck,
  CirclePause,
  CirclePlay,
  Copy,
  Ellipsis,
  FileOutput,
  FlaskConical,
  History,
  Settings2,
  SlidersHorizontal,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { flows } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { setFlow } from "@/core/commands/edit";
import { countOf } from "@/core/flow/compare";
import { labelOf } from "@/core/flow/problems";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmName } from "@/ui/ConfirmName";
import { useCommands } from "@/ui/commands";
import { download } from "@/ui/download";
import { plural } from "@/ui/format";
import { LiveBadge } from "@/ui/LiveBadge";
import { Menu } from "@/ui/Menu";
import { Named, plainly } from "@/ui/Named";
import { usePhone } from "@/ui/phone";
import { toast } from "@/ui/Toasts";
import { useProblems } from "./bindings";
import { useDuplicate } from "./copying";
import { FailingTriggers } from "./FailingTriggers";
import { LeftToggle } from "./LeftPanel";
import { FlowSettings } from "./later";
import { useLiveChanges } from "./liveChanges";
import { People } from "./People";
import { PublishLine } from "./PublishLine";
import { isActive } from "./presence";
import { SaveStatus } from "./SaveStatus";
import { useSession } from "./useSession";

/** Name, draft or live, whether it is saved, problems, publish. */
export function TopBar() {
  const session = useSession();
  const version = session.document((s) => s.version);
  const phone = usePhone();
  return (
    <header className="topbar">
      <LeftToggle />
      <nav className="crumbs" aria-label="Place">
        <Link to="/flows">Flows</Link>
        <ChevronRight size={14} aria-hidden />
        <FlowName />
      </nav>
      <DraftBadge />
      <LiveBadge version={version} halted={session.document((s) => s.halted)} />
      <FailingTriggers />
      {!phone && <SaveStatus />}
      {phone ? null : session.view((s) => s.panel === "publish-line") ? (
        <PublishLine />
      ) : (
        <div className="topbar-actions">
          <People />
          <ProblemsButton />
          <MoreMenu />
          <PublishButton />
        </div>
      )}
    </header>
  );
}

function PublishButton() {
  const session = useSession();
  const problems = useProblems();
  const version = session.document((s) => s.version);
  const [wanted, setWanted] = useState(false);
  // What is being saved may mend what was wrong: the server's word on it is waited for.
  const open = () => void session.saver.flush().then(() => setWanted(true));
  useEffect(() => {
    if (!wanted) return;
    setWanted(false);
    // What is wrong, and what differs from what is live, needs room; without either a line will do.
    const plain = version === 0 && problems.length === 0 && session.flow.nodes.length > 0;
    session.view.setState({ panel: plain ? "publish-line" : "publish" });
  }, [wanted, version, problems, session]);
  return (
    <Button look="primary" data-testid="publish" disabled={session.readOnly} onClick={open}>
      Publish…
    </Button>
  );
}

/** Whether what is drawn here is what runs. */
function DraftBadge() {
  const changes = useLiveChanges();
  if (changes === undefined) return <span className="badge">Draft</span>;
  const same = changes.length === 0;
  const count = countOf(changes);
  const moved = count.moved > 0 ? `; ${plural(count.moved, "part")} moved or folded` : "";
  return (
    <span
      className={same ? "badge" : "badge badge-wait"}
      data-testid="draft-state"
      title={same ? "The draft is what is live" : `Publish to make the draft live${moved}`}
    >
      {same
        ? "Draft: as live"
        : count.changes === 0
          ? "Draft: layout only"
          : `Draft: ${plural(count.changes, "change")}`}
    </span>
  );
}

function FlowName() {
  const session = useSession();
  const name = session.document((s) => s.history.flow.name);
  const [draft, setDraft] = useState<string>();
  const commit = () => {
    if (draft?.trim() && draft.trim() !== name) session.do(setFlow("name", draft.trim(), "Rename the flow"));
    setDraft(undefined);
  };
  return (
    <>
      <h1 className="hidden-text">{plainly(name)}</h1>
      <input
        className="flow-name"
        aria-label="Name of the flow"
        data-testid="flow-name"
        dir="auto"
        readOnly={session.readOnly}
        // Only while it is written may a name turn its own direction.
        value={draft ?? plainly(name)}
        onFocus={() => setDraft(name)}
        size={Math.max(6, Math.min(48, (draft ?? name).length + 1))}
        onChange={(e) => setDraft(e.target.value)}
        onBlur={commit}
        onKeyDown={(e) => {
          // Written, it gives the keys to what is drawn.
          if (e.key === "Enter") {
            e.preventDefault();
            document.querySelector<HTMLElement>('[data-testid="canvas"]')?.focus({ preventScroll: true });
          }
          if (e.key === "Escape") setDraft(undefined);
        }}
      />
    </>
  );
}

function ProblemsButton() {
  const session = useSession();
  const problems = useProblems();
  const open = session.view((s) => s.panel === "problems");
  const errors = problems.filter((p) => p.severity === "error").length;
  const toggle = () => session.view.setState({ panel: open ? undefined : "problems" });
  return (
    <Button
      aria-expanded={open}
      onClick={toggle}
      data-testid="problems-button"
      className={problems.length === 0 ? "btn-quiet" : ""}
    >
      {errors > 0 ? (
        <CircleAlert size={15} color="var(--fail)" aria-hidden />
      ) : problems.length > 0 ? (
        <TriangleAlert size={15} color="var(--wait)" aria-hidden />
      ) : (
        <CircleCheck size={15} color="var(--ok)" aria-hidden />
      )}
      <span className="roomy">
        {problems.length === 0 ? "No problems" : plural(problems.length, "problem")}
      </span>
      {problems.length > 0 && (
        <span className="compact" aria-hidden>
          {problems.length}
        </span>
      )}
    </Button>
  );
}

function MoreMenu() {
  const session = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const name = session.document((s) => s.history.flow.name);
  const settings = session.view((v) => v.panel === "settings");
  const setSettings = (open: boolean, variable?: string) =>
    session.view.setState({ panel: open ? "settings" : undefined, variable });
  const vars = session.document((s) => s.history.flow.vars);
  const [deleting, setDeleting] = useState(false);
  const remove = async () => {
    await session.remove();
    await queries.invalidateQueries({ queryKey: ["flows"] });
    toast("ok", `Deleted ${name}.`);
    await navigate({ to: "/flows" });
  };
  const tryPast = async () => {
    await session.saver.flush();
    await navigate({ to: "/flows/$id/replays", params: { id: session.id }, search: {} });
  };
  const version = session.document((s) => s.version);
  const halted = session.document((s) => s.halted);
  const { can } = usePermissions();
  const halting = version > 0 && can("flow.publish");
  const halt = async (to: boolean) => {
    try {
      const now = await flows.halt(session.id, to);
      session.document.setState({ halted: now.halted });
      await queries.invalidateQueries({ queryKey: ["triggers", session.id] });
      toast(
        "ok",
        now.halted ? `${name} is off line: its triggers start nothing.` : `${name} is live again.`,
        {
          label: "Undo",
          run: () => void halt(!to),
        },
      );
    } catch (error) {
      toast("fail", (error as Error).message);
    }
  };
  const duplicate = useDuplicate();
  const copy = () => duplicate.isPending || duplicate.mutate();
  const exportFlow = async () => {
    await session.saver.flush();
    download(flows.exportText([session.id]));
  };
  useCommands(() => [
    {
      ...{ id: "settings", name: "Settings of the flow", group: "Flow" },
      words: "limits labels description variables input output credentials connectors",
      run: () => setSettings(true),
    },
    ...Object.keys(vars ?? {}).map((name) => ({
      ...{ id: `variable-${name}`, name: `Variable ${labelOf(name)}`, group: "Flow", hint: `vars.${name}` },
      words: `${name} setting change`,
      run: () => setSettings(true, name),
    })),
    {
      ...{ id: "try-past", name: "Try against past runs", group: "Flow", words: "replay batch test" },
      run: () => void tryPast(),
    },
    ...(halting
      ? [
          {
            ...{ id: "halt", name: halted ? "Put on line again" : "Take off line", group: "Flow" },
            words: "unpublish stop pause disable deactivate halt resume enable",
            run: () => void halt(!halted),
          },
        ]
      : []),
    ...(can("flow.write")
      ? [
          {
            ...{ id: "duplicate", name: "Duplicate the flow", group: "Flow", words: "copy clone" },
            run: copy,
          },
        ]
      : []),
    {
      id: "export",
      name: "Export the flow",
      group: "Flow",
      words: "download file",
      run: () => void exportFlow(),
    },
  ]);
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More" data-testid="flow-menu">
            <Ellipsis size={17} aria-hidden />
          </IconButton>
        }
        entries={[
          {
            label: "Versions",
            icon: <History size={15} aria-hidden />,
            onSelect: () => session.view.setState({ panel: "versions" }),
          },
          {
            label: "Settings of the flow",
            icon: <Settings2 size={15} aria-hidden />,
            onSelect: () => setSettings(true),
          },
          {
            label: "Variables",
            icon: <SlidersHorizontal size={15} aria-hidden />,
            onSelect: () => setSettings(true, Object.keys(vars ?? {})[0]),
          },
          {
            label: "Try against past runs",
            icon: <FlaskConical size={15} aria-hidden />,
            onSelect: () => void tryPast(),
          },
          ...(can("flow.write")
            ? [
                {
                  label: "Duplicate",
                  icon: <Copy size={15} aria-hidden />,
                  onSelect: copy,
                },
              ]
            : []),
          { label: "Export", icon: <FileOutput size={15} aria-hidden />, onSelect: () => void exportFlow() },
          ...(halting
            ? [
                {
                  label: halted ? "Put on line again" : "Take off line",
                  icon: halted ? <CirclePlay size={15} aria-hidden /> : <CirclePause size={15} aria-hidden />,
                  onSelect: () => void halt(!halted),
                },
              ]
            : []),
          "line",
          {
            label: "Delete the flow…",
            icon: <Trash2 size={15} aria-hidden />,
            danger: true,
            disabled: session.readOnly,
            onSelect: () => setDeleting(true),
          },
        ]}
      />
      <Suspense>{settings && <FlowSettings open onClose={() => setSettings(false)} />}</Suspense>
      <ConfirmName
        open={deleting}
        onClose={() => setDeleting(false)}
        title="Delete this flow?"
        text={<WhatGoes />}
        name={name}
        action="Delete the flow"
        onConfirm={remove}
      />
    </>
  );
}

/** What the flow takes along, and who is at it. */
function WhatGoes() {
  const others = useSession().attendance.store((s) => s.others);
  const active = [...new Set(others.filter((p) => isActive(p) && !p.you).map((p) => p.name))];
  return (
    <>
      {active.map((name) => (
        <p key={name} className="field-error" data-testid="edited-now">
          <strong>
            <Named text={name} />
          </strong>{" "}
          is editing it now.
        </p>
      ))}
      <p>
        Its draft, its versions and its hook addresses go. Runs that were made stay readable, and those at
        work go on: what they ask people can still be answered.
      </p>
    </>
  );
}
