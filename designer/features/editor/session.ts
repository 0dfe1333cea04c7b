import { create, type StoreApi, type UseBoundStore } from "zustand";
import { flows } from "@/api/client";
import { drafts } from "@/api/drafts";
import type { DraftStorage, LocalDraft } from "@/api/localDrafts";
import type { ConflictDetail, FlowDetail } from "@/api/types";
import { focusFold, followInto, tellFold } from "@/canvas/folding";
import { collapse } from "@/core/commands/containers";
import type { Catalog } from "@/core/flow/catalog";
import { descendants, type Flow, type FlowNode, nodeById } from "@/core/flow/document";
import { renamesOf } from "@/core/flow/renamed";
import { type Shown, shownOf, type Viewpoint, viewpointOf } from "@/core/flow/shown";
import {
  type Command,
  type History,
  perform,
  type Renamed,
  redo,
  renamedBetween,
  startHistory,
  undo,
} from "@/core/history/history";
import { live } from "@/run/live";
import { RunStore } from "@/run/store";
import { announce } from "@/ui/announce";
import { toast } from "@/ui/Toasts";
import { partsOf, sameFlow, wholly } from "./documents";
import { joinDrafts, tookText } from "./join";
import { onLeaving } from "./leaving";
import { Attendance } from "./presence";
import { DraftSaver } from "./saver";
import {
  type DocumentState,
  EMPTY,
  FIRST_VIEW,
  type FlowNews,
  type ViewState,
  withoutGone,
} from "./sessionState";

/** One opened flow: its document, its view, its saving and its run. */
export class EditorSession {
  readonly id: string;
  readonly #catalog: Catalog;
  #pinned: Catalog;
  #pins: Flow["connectors"];
  readonly attendance: Attendance;
  readonly document: UseBoundStore<StoreApi<DocumentState>>;
  readonly view: UseBoundStore<StoreApi<ViewState>>;
  readonly saver: DraftSaver;
  readonly run = new RunStore();
  readonly #storage: DraftStorage;
  #mayEdit: boolean;
  #unfollow: () => void = () => {};
  #heard: (() => void) | undefined;
  #shown: { flow: Flow; folds: Viewpoint["folds"]; inside: string | undefined; shown: Shown } | undefined;
  /** Set by the editor: a node has another id, by a command, its undo or its redo. */
  renamed: (renamed: Renamed) => void = () => {};
  /** Set by the canvas: brings a node into the part of it that no panel covers. */
  reveal: (id: string) => void = () => {};

  constructor(detail: FlowDetail, catalog: Catalog, readOnly: boolean, storage: DraftStorage) {
    this.id = detail.id;
    this.#catalog = catalog;
    this.#pinned = catalog;
    this.document = create<DocumentState>(() => ({
      history: startHistory(detail.flow),
      problems: detail.problems ?? [],
      version: detail.version,
      halted: detail.halted ?? false,
      hooks: detail.hooks ?? {},
    }));
    this.view = create<ViewState>(() => FIRST_VIEW);
    const here = { revision: detail.revision, flow: detail.flow };
    this.saver = new DraftSaver(here, {
      put: (revision, flow) => drafts.save(detail.id, revision, flow),
      storage,
      onSaved: (_, problems) => this.document.setState({ problems }),
      onConflict: (theirs) => this.#met(theirs),
    });
    this.#storage = storage;
    this.#mayEdit = !readOnly;
    this.attendance = new Attendance(`flow/${detail.id}`, {
      mayEdit: !readOnly,
      dirty: () => this.saver.dirty,
      flush: () => this.saver.flush(),
    });
    void this.#look();
    this.#resume(storage.read());
  }

  /**
   * Goes on with a copy that is kept here, and newer than the server's: it is saved on top of the revision it was
   * made from, so that a change made elsewhere meanwhile is shown as a conflict and not overwritten.
   */
  #resume(kept: LocalDraft | undefined): void {
    const known = kept !== undefined && sameFlow(kept.flow, this.flow);
    if (known) this.#storage.drop();
    if (kept === undefined || known) return;
    this.document.setState({ history: startHistory(kept.flow), left: undefined });
    this.saver.resume(kept);
    toast("info", "Changes that were kept in this browser are in the draft again, and are saved.");
  }

  /** Who may only read is told what they drew here before and could not save: it stays theirs, untouched. */
  async #look(): Promise<void> {
    if (this.#mayEdit) return;
    const left = await this.#storage.left();
    this.document.setState({
      left: this.#mayEdit || (left && sameFlow(left.flow, this.flow)) ? undefined : left,
    });
  }

  /** Learns whether one may draw here, which may change while it is open: who may has again what they drew before. */
  async permit(mayEdit: boolean): Promise<void> {
    this.#mayEdit = mayEdit;
    const kept = mayEdit ? await this.#storage.take() : undefined;
    this.#resume(kept);
    this.attendance.permit(this.#mayEdit);
  }

  /** What can be placed, in the versions of connectors that the flow is pinned to. */
  get catalog(): Catalog {
    const pins = this.flow.connectors;
    if (pins !== this.#pins) {
      this.#pins = pins;
      this.#pinned = this.#catalog.pinned(pins);
    }
    return this.#pinned;
  }

  /** Nothing can be changed here: one may not, or it is edited elsewhere. */
  get readOnly(): boolean {
    return !this.attendance.mayEdit || this.attendance.reads;
  }

  get flow(): Flow {
    return this.document.getState().history.flow;
  }

  /** What of the flow is on the canvas. */
  get shown(): Shown {
    const { flow } = this;
    const { folds, inside } = this.view.getState();
    if (this.#shown?.flow !== flow || this.#shown.folds !== folds || this.#shown.inside !== inside)
      this.#shown = { flow, folds, inside, shown: shownOf(flow, { folds, inside }) };
    return this.#shown.shown;
  }

  do(command: Command): void {
    if (this.readOnly) return;
    const before = this.flow;
    this.#step((history) => perform(history, command, Date.now()));
    // What is drawn is seen and has to be heard, too; of a parameter the field itself is heard.
    if (partsOf(before) !== partsOf(this.flow)) announce(`Done: ${command.label}`);
  }

  /** Undoes the newest step; one that is somebody else's only where that is meant. */
  undo(meant = false): void {
    const step = this.document.getState().history.past.at(-1);
    if (step === undefined || this.readOnly) return;
    if (step.foreign && !meant) {
      toast("info", `The newest step is not yours: ${step.label}. Undoing it takes it out of the draft.`, {
        label: "Undo it all the same",
        run: () => this.undo(true),
      });
      return;
    }
    this.#step(undo);
    announce(`Undone: ${step.label}`);
  }

  /** The offer to undo what has just been done; not taken up any more once another step came. */
  undoOffer(): { label: string; run: () => void } {
    const step = this.document.getState().history.past.at(-1);
    const run = () => {
      if (this.document.getState().history.past.at(-1) === step) this.undo();
      else toast("info", "More was changed since: undo it step by step.");
    };
    return { label: "Undo", run };
  }

  redo(): void {
    const label = this.document.getState().history.future.at(-1)?.label;
    this.#step(redo);
    if (label !== undefined) announce(`Done again: ${label}`);
  }

  #step(change: (history: History) => History): void {
    if (this.readOnly) return;
    const before = this.document.getState().history;
    const after = change(before);
    if (after === before) return;
    this.document.setState({ history: after });
    if (after.flow !== before.flow) {
      this.saver.changed(after.flow);
      this.attendance.edited();
    }
    this.#forgetGone(after.flow);
    const renamed = renamedBetween(before, after);
    if (renamed !== undefined) this.renamed(renamed);
  }

  /** Takes a document that the server already has, as one step that can be undone. */
  replace(flow: Flow, revision: number, label: string, foreign = false): void {
    this.#put(flow, label, foreign);
    this.saver.adopt(revision, flow);
    void this.check();
  }

  /** Takes what holds both this draft and somebody else's, as one step that can be undone, and saves it. */
  join(theirs: ConflictDetail, flow: Flow): Promise<boolean> {
    this.#put(flow, `Take the changes of ${theirs.updatedBy ?? "somebody else"}`, true);
    this.saver.rebase(theirs, flow);
    // What lies beside the draft, on the server, has the ids of what was saved.
    for (const [from, to] of renamesOf(theirs.flow, flow)) this.renamed({ from, to });
    this.view.setState({ merging: false });
    void this.check();
    return this.saver.flush();
  }

  /** Somebody else saved first: what can be joined without a question is, and the rest is asked. */
  #met(theirs: ConflictDetail): void {
    const { base } = this.saver;
    const merged = joinDrafts(base, this.flow, theirs.flow);
    if (base === undefined || merged.conflicts.length > 0) {
      this.view.setState({ merging: true });
      return;
    }
    void this.join(theirs, merged.flow);
    toast("info", tookText(base, theirs, merged.renamed));
  }

  /** Opens the screen that joins both, with the newest of what is saved. */
  async merge(): Promise<void> {
    const { state } = this.saver;
    if (state.kind !== "conflict") return;
    const now = await flows.get(this.id).catch(() => undefined);
    if (now !== undefined && now.revision > state.theirs.current)
      this.saver.meet({ ...now, yours: this.saver.revision, current: now.revision });
    else this.view.setState({ merging: true });
  }

  #put(flow: Flow, label: string, foreign: boolean): void {
    const after = perform(this.document.getState().history, wholly(flow, label, foreign), Date.now());
    this.document.setState({ history: after });
    this.#forgetGone(flow);
  }

  /** Asks for the problems of a document that came from elsewhere; without an answer the next save brings them. */
  async check(): Promise<void> {
    const flow = this.flow;
    const answer = await drafts.check(this.id, flow).catch(() => undefined);
    if (answer && this.flow === flow) this.document.setState({ problems: answer.problems ?? [] });
  }

  select(nodes: Iterable<string>, edges: ReadonlySet<string> = EMPTY): void {
    this.view.setState({ selected: new Set(nodes), selectedEdges: edges });
  }

  /** Opens a node in the inspector, optionally at one of its fields. */
  open(id: string | undefined, field?: string): void {
    this.view.setState({ open: id, field });
    if (id !== undefined) this.select([id]);
  }

  /** Collapses a container, or opens it: where nothing may be changed, for the eye alone. */
  fold(id: string, collapsed: boolean): void {
    const node = nodeById(this.flow, id);
    if (node === undefined) return;
    const { folds, selected, open } = this.view.getState();
    const rest = new Map([...folds].filter(([c]) => c !== id));
    this.view.setState({ folds: this.readOnly ? rest.set(id, collapsed) : rest });
    if ((node.collapsed === true) !== collapsed) this.do(collapse(this.catalog, node, collapsed));
    // What is out of sight is not acted on.
    const hidden = collapsed ? descendants(this.flow, id) : EMPTY;
    if ([...selected].some((s) => hidden.has(s))) this.select([id]);
    if (open !== undefined && hidden.has(open)) this.view.setState({ open: undefined });
    focusFold(id);
    tellFold(this.flow, id, collapsed);
  }

  /** Goes into a container, so that its inside alone is seen; with undefined, out to the whole flow. */
  goInto(id: string | undefined): void {
    const from = this.view.getState().inside;
    if (from === id) return;
    this.view.setState({ inside: id, addMenu: undefined, writing: undefined });
    const { open, selected } = this.view.getState();
    // What is out of sight is not acted on; coming out, the container is what one looks at.
    const seen = new Set([...this.shown.flow.nodes, ...(this.shown.flow.notes ?? [])].map((part) => part.id));
    if (open !== undefined && !seen.has(open)) this.view.setState({ open: undefined });
    this.select(from !== undefined && seen.has(from) ? [from] : [...selected].filter((s) => seen.has(s)));
    followInto(this.flow, from, id);
  }

  /** Brings a node to light that lies in a collapsed container; the document stays as it is. */
  bring(id: string): void {
    const { folds, inside } = this.view.getState();
    const next = viewpointOf(this.flow, { folds, inside }, id);
    if (next.folds !== folds || next.inside !== inside) this.view.setState({ ...next });
  }

  /** Opens a node and keeps it in sight. */
  show(id: string, field?: string): void {
    this.bring(id);
    this.open(id, field);
    this.reveal(id);
  }

  /** Opens a node and goes into its inspector. */
  enter(id: string): void {
    this.show(id);
    this.view.setState({ enter: true });
  }

  #forgetGone(flow: Flow): void {
    this.view.setState(withoutGone(this.view.getState(), flow));
  }

  /** The one node that is selected, which new nodes follow. */
  anchor(): FlowNode | undefined {
    const { selected } = this.view.getState();
    const [only] = selected;
    return selected.size === 1 && only !== undefined ? nodeById(this.flow, only) : undefined;
  }

  stop(): void {
    this.saver.stop();
    this.#storage.leave();
    this.attendance.stop();
    this.run.stop();
    this.#unfollow();
  }

  /** Deletes the flow. That it is gone is no news here then, and what was not saved goes with it. */
  async remove(): Promise<void> {
    // A save that came after it would be refused, and tell of the end before the answer does.
    await this.saver.flush();
    this.#unfollow();
    try {
      await flows.remove(this.id);
    } catch (error) {
      this.follow();
      throw error;
    }
    this.saver.forget();
  }

  /** Calls whenever the flow has news: it was saved or published, or a run of it began or ended. */
  onNews(heard: () => void): () => void {
    this.#heard = heard;
    return () => {
      this.#heard = undefined;
    };
  }

  /** Listens to what others do with this flow: publishing it, saving it. */
  follow(): void {
    const news = (message: object) => {
      void this.#elsewhere(message as FlowNews).then(() => this.#look());
      this.#heard?.();
    };
    const { present, hear } = this.attendance;
    const unfollow = live.follow(`flow/${this.id}`, {
      ...{ since: () => 0, onSnapshot: news, onEvent: news, present, onPresence: hear },
      onGone: () => this.saver.vanished(this.readOnly && !this.saver.dirty ? undefined : this.flow),
    });
    // The server is back as soon as the socket is: no need to wait for the next try.
    const unwatch = live.watch(() => live.state === "open" && this.saver.retry());
    const stay = onLeaving(
      () => this.saver.keepNow(),
      () => void this.saver.flush(),
    );
    this.#unfollow = () => {
      this.#unfollow = () => {};
      unfollow();
      unwatch();
      stay();
    };
  }

  /**
   * Shows a draft that somebody else saved, as one step that can be undone. While
   * something here is unsaved nothing is touched: the save then meets the conflict.
   */
  async #elsewhere({ revision, version }: FlowNews): Promise<void> {
    if (version !== undefined && version > this.document.getState().version)
      this.document.setState({ version });
    if (revision === undefined || revision <= this.saver.revision || this.saver.state.kind !== "saved")
      return;
    const detail = await flows.get(this.id).catch(() => undefined);
    if (detail === undefined || detail.revision <= this.saver.revision || this.saver.state.kind !== "saved")
      return;
    if (sameFlow(detail.flow, this.flow)) {
      this.saver.adopt(detail.revision, detail.flow);
      return;
    }
    this.replace(detail.flow, detail.revision, "Changes made elsewhere", true);
    toast("info", "This draft was changed elsewhere; you see its newest state.");
  }
}
