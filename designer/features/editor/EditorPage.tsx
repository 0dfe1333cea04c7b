import "@/canvas/frame.css";
import "./editor.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useBlocker } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { BookOpen } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { catalogQuery } from "@/api/catalogQuery";
import { openStorage } from "@/api/localDrafts";
import { flowQuery, meQuery, runsQuery } from "@/api/queries";
import type { FlowDetail, RunRow } from "@/api/types";
import { PinsContext } from "@/canvas/pins";
import { RunPill } from "@/canvas/RunPill";
import type { Catalog } from "@/core/flow/catalog";
import { RunContext } from "@/run/hooks";
import { isOver } from "@/run/reduce";
import { announce } from "@/ui/announce";
import { Button } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { usePhone } from "@/ui/phone";
import { toast } from "@/ui/Toasts";
import { useTour } from "@/ui/tour";
import { useEditorCommands } from "./commands";
import { EditorCanvas } from "./EditorCanvas";
import { GoneDialog } from "./Gone";
import { useEditorKeys } from "./keys";
import { LeftPanel } from "./LeftPanel";
import { fetchLater, Inspector, MergeScreen, PublishDialog, Tour, VersionsPanel } from "./later";
import { DrawnUnsaved, EditedElsewhere } from "./People";
import { ProblemsPanel } from "./ProblemsPanel";
import { RunBar } from "./RunBar";
import { usePinnedNodes, usePinsFollow } from "./running/pins";
import { isForbidden, isGone } from "./saver";
import { EditorSession } from "./session";
import { TopBar } from "./TopBar";
import { SessionContext, useReadOnly, useSaveState, useSession } from "./useSession";

const route = getRouteApi("/app/flows/$id");

/** The first picture comes before what is opened later. */
const LATER_MS = 100;

/** One flow, opened to be drawn and run. */
export function EditorPage() {
  const { id } = route.useParams();
  const queries = useQueryClient();
  const flow = useQuery(flowQuery(id));
  const catalog = useQuery(catalogQuery);
  const me = useQuery(meQuery);
  const phone = usePhone();
  // What is cached may be older than the draft: an editor always begins with the server's state.
  useEffect(() => () => queries.removeQueries({ queryKey: ["flow", id] }), [id, queries]);
  // What was answered once and fails later, on another look, takes away no editor that is open.
  const failed = [flow, catalog, me].filter((query) => query.isLoadingError);
  if (failed.length > 0) {
    return (
      <div className="centre">
        <h1>The flow could not be opened</h1>
        <ErrorView error={failed[0]?.error} />
        <Button onClick={() => failed.map((query) => query.refetch())}>Try again</Button>
        <Link to="/flows" className="btn">
          All flows
        </Link>
      </div>
    );
  }
  if (flow.data === undefined || catalog.data === undefined || me.data === undefined)
    return <EditorSkeleton />;
  const readOnly = phone || !me.data.permissions.includes("flow.write");
  return (
    <OpenEditor
      key={`${id} ${phone}`}
      user={me.data.id}
      detail={flow.data}
      catalog={catalog.data}
      readOnly={readOnly}
    />
  );
}

interface OpenEditorProps {
  user: string;
  detail: FlowDetail;
  catalog: Catalog;
  readOnly: boolean;
}

function OpenEditor({ user, detail, catalog, readOnly }: OpenEditorProps) {
  const [session, setSession] = useState<EditorSession>();
  // Made in an effect, not while rendering: a session keeps timers and a socket topic.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a session lives as long as its page; later answers don't replace it
  useEffect(() => {
    let opened: EditorSession | undefined;
    let left = false;
    void openStorage({ user, flow: detail.id }, readOnly).then((storage) => {
      if (left) return storage.leave();
      opened = new EditorSession(detail, catalog, readOnly, storage);
      opened.follow();
      setSession(opened);
    });
    return () => {
      left = true;
      void opened?.saver.flush();
      opened?.stop();
    };
  }, []);
  useEffect(() => {
    void session?.permit(!readOnly);
  }, [session, readOnly]);
  if (session === undefined) return <EditorSkeleton />;
  return (
    <SessionContext.Provider value={session}>
      <RunContext.Provider value={session.run}>
        <ReactFlowProvider>
          <EditorFrame />
        </ReactFlowProvider>
      </RunContext.Provider>
    </SessionContext.Provider>
  );
}

function EditorFrame() {
  const session = useSession();
  useUrl(session);
  useEditorKeys(session);
  useEditorCommands(session);
  useLastRun(session);
  usePinsFollow();
  useRightsAnew();
  // What is below asks the session, and is drawn anew with this.
  useReadOnly();
  const panel = session.view((s) => s.panel);
  const inspector = useEver(session.view((s) => s.open !== undefined));
  const publish = useEver(panel === "publish");
  const versions = useEver(panel === "versions");
  const merging = useEver(session.view((s) => s.merging));
  const phone = usePhone();
  const touring = useTour((s) => s.now.at === "step" && s.now.flow === session.id);
  useEffect(() => {
    const timer = setTimeout(() => void fetchLater(), LATER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="editor">
      <LeaveGuard />
      <TopBar />
      <EditedElsewhere />
      <DrawnUnsaved />
      {phone ? <ReadHere /> : <Suspense>{touring && <Tour />}</Suspense>}
      <div className="editor-middle">
        {!phone && <LeftPanel />}
        <div className="editor-stage">
          <Pinned>
            <EditorCanvas />
          </Pinned>
          <Suspense>{inspector && <Inspector />}</Suspense>
          <ProblemsPanel />
          <Suspense>{versions && <VersionsPanel />}</Suspense>
        </div>
      </div>
      {!phone && <RunBar />}
      <Suspense>{publish && <PublishDialog />}</Suspense>
      <Suspense>{merging && <MergeScreen />}</Suspense>
      <GoneDialog />
    </div>
  );
}

/** Asks what one may do once a save was refused for want of it, and before two drafts are joined: it may have changed. */
function useRightsAnew(): void {
  const queries = useQueryClient();
  const forbidden = isForbidden(useSaveState());
  const merging = useSession().view((s) => s.merging);
  useEffect(() => {
    if (forbidden || merging) void queries.invalidateQueries({ queryKey: meQuery.queryKey });
  }, [queries, forbidden, merging]);
}

/** Tells the cards which of them have a pinned output. It is apart, so that no change of the flow draws the frame anew. */
function Pinned({ children }: { children: ReactNode }) {
  return <PinsContext.Provider value={usePinnedNodes()}>{children}</PinsContext.Provider>;
}

/** Says why nothing can be changed, and how the newest run went. */
function ReadHere() {
  return (
    <div className="phone-why" data-testid="phone-why">
      <BookOpen size={16} aria-hidden />
      <p className="grow">To read: flows are drawn on a larger screen. Tap a step to see what it does.</p>
      <RunPill />
    </div>
  );
}

/** Whether something was ever so: what it shows stays, to close as it opened. */
function useEver(now: boolean): boolean {
  const ever = useRef(false);
  ever.current ||= now;
  return ever.current;
}

/** The address names the open node, the run shown and the container that is seen into, both ways. */
function useUrl(session: EditorSession): void {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, on opening; afterwards the view writes it
  useEffect(() => {
    if (search.run !== undefined) session.run.follow(search.run);
    if (search.in !== undefined) session.view.setState({ inside: search.in });
    if (search.node !== undefined) session.show(search.node);
  }, [session]);
  useEffect(() => {
    let before = "";
    const write = () => {
      const node = session.view.getState().open;
      const run = session.run.summary?.id;
      const { inside } = session.view.getState();
      const next = `${node ?? ""}|${run ?? ""}|${inside ?? ""}`;
      if (next === before) return;
      before = next;
      void navigate({
        search: { ...(node ? { node } : {}), ...(run ? { run } : {}), ...(inside ? { in: inside } : {}) },
        replace: true,
      });
    };
    const stopView = session.view.subscribe(write);
    const stopRun = session.run.watch(write);
    return () => {
      stopView();
      stopRun();
    };
  }, [session, navigate]);
}

/**
 * Asks before leaving only where that loses something: where the server lacks it, and this
 * browser keeps no copy, which would be saved when the flow is opened again.
 */
function LeaveGuard(): null {
  const session = useSession();
  useSaveState();
  useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      // Which node is open is in the address, too.
      if (current.pathname === next.pathname) return false;
      if (!session.saver.dirty || (await session.saver.flush())) return false;
      session.saver.keepNow();
      if (isGone(session.saver.state)) {
        if (!window.confirm("The flow was deleted. Leave without what is drawn here?")) return true;
        // Nobody can open the flow to find the copy.
        session.saver.forget();
        return false;
      }
      if (session.saver.loses)
        return !window.confirm("The last changes are saved nowhere. Leave without them?");
      toast("info", "Your last changes are kept in this browser. Open the flow again to save them.");
      return false;
    },
    enableBeforeUnload() {
      session.saver.keepNow();
      return session.saver.loses;
    },
  });
  return null;
}

/**
 * Shows the newest run of the flow, so that real data is at hand from the start; and one that an event
 * starts while the flow is open, where the one before it was looked at to its end. In place of a run
 * that somebody tried the draft with, or looks at a step of, it is offered: that one is being worked with.
 */
function useLastRun(session: EditorSession): void {
  const queries = useQueryClient();
  const last = useQuery({ ...runsQuery({ flow: session.id }, 1), refetchOnWindowFocus: false });
  const newest = last.data?.items[0];
  const known = useRef<RunRow | null>(undefined);
  // The run that only stayed for somebody looked at a step of it, or for it waits: after that the next is shown.
  const stayed = useRef<string>(undefined);
  useEffect(
    () => session.onNews(() => void queries.invalidateQueries({ queryKey: ["runs", { flow: session.id }] })),
    [queries, session],
  );
  useEffect(() => {
    if (last.data === undefined) return;
    const before = known.current;
    known.current = newest ?? null;
    if (newest === undefined || newest.id === before?.id) return;
    const shown = session.run.summary;
    if (shown === undefined && session.run.view === undefined) session.run.follow(newest.id);
    // What was started here is shown by whoever started it; a retry or a replay is looked at elsewhere.
    else if (newest.trigger && newest.version > 0 && shown !== undefined) {
      if (!isOver(shown) && shown.state !== "waiting") return;
      const follow = () => session.run.follow(newest.id);
      const byItself = (shown.id === before?.id && before.version > 0) || shown.id === stayed.current;
      if (byItself && isOver(shown) && session.view.getState().open === undefined) {
        follow();
        announce("A new event came in: its run is shown.");
        return;
      }
      if (byItself) stayed.current = shown.id;
      toast("info", "A new event came in.", { label: "Show its run", run: follow });
    }
  }, [last.data, newest, session]);
}

function EditorSkeleton() {
  return (
    <div className="editor" role="status" aria-label="Loading the flow" data-skeleton="editor">
      <div className="topbar">
        <div className="skeleton skeleton-line" />
      </div>
      <div className="editor-middle">
        <div className="palette">
          <SkeletonRows rows={9} />
        </div>
        <div className="editor-stage" />
      </div>
      <div className="runbar">
        <div className="skeleton skeleton-line skeleton-controls" />
      </div>
    </div>
  );
}
