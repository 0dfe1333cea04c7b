import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useContext, useMemo, useRef } from "react";
import { adopt } from "@/api/adopt";
import { flows } from "@/api/client";
import { flowsQuery, libraryQuery, samplesQuery } from "@/api/queries";
import type { Preview, Problem } from "@/api/types";
import { type ExprScope, outputScope, scopeOf } from "@/core/expr/scope";
import { type FlowNode, isTrigger, type Json, nodeById, pointerTokens } from "@/core/flow/document";
import { fieldOf } from "@/core/flow/problems";
import { RunContext, useRunSummary } from "@/run/hooks";
import { templateOf } from "@/schema-form/modes";
import type { CallableFlow, FormScope, ShippedFlow } from "@/schema-form/scope";
import { toast } from "@/ui/Toasts";
import { lookBy } from "./inspector/look";
import { usePinsMark } from "./running/pins";
import { whyUnsaved } from "./running/starting";
import { useReadOnly, useSession } from "./useSession";

/** What the fields of a node's form share: previews over the run's data, problems by field. */
export function useNodeScope(node: FlowNode, pass: string): FormScope & { nodeProblems: Problem[] } {
  const session = useSession();
  const problems = session.document((s) => s.problems);
  const focus = session.view((s) => s.field);
  const data = usePreviews(node.id, node.parent === undefined ? undefined : pass);
  const [fields, nodeProblems] = useMemo(() => {
    const byField = new Map<string, Problem[]>();
    const others: Problem[] = [];
    for (const p of problems) {
      if (p.node !== node.id) continue;
      const field = fieldOf(p);
      if (field === undefined || field.startsWith("@") || field === "/") others.push(p);
      else byField.set(field, [...(byField.get(field) ?? []), p]);
    }
    return [byField, others] as const;
  }, [problems, node.id]);
  const newest = useRef(node);
  newest.current = node;
  const edges = session.document((s) => s.history.flow.edges);
  const items = node.with?.items;
  // Not with every key that is typed into a field: what can be read is where wires lead from, and what a loop is over.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is read changes with them
  const names = useCallback(
    (pointer: string): ExprScope =>
      scopeOf(
        session.flow,
        session.catalog,
        nodeById(session.flow, newest.current.id) ?? newest.current,
        pointer,
      ),
    [session, node.id, edges, items],
  );
  const callable = useCallable(node);
  const seen = useSeen(node.id);
  const readOnly = useReadOnly();
  const options = useCallback(
    async (pointer: string) => {
      // The server lists for the node as its draft has it.
      if (!(await session.saver.flush())) throw new Error(whyUnsaved(session));
      return flows.options(session.id, node.id, pointer);
    },
    [session, node.id],
  );
  const plain = isTrigger(node.type); // a trigger fires before there is anything to read
  return useMemo(
    () => ({
      ...data,
      names,
      problems: fields,
      nodeProblems,
      readOnly,
      focus,
      plain,
      rules: plain,
      ...callable,
      seen,
      ...(readOnly ? {} : { options }),
    }),
    [data, names, fields, nodeProblems, readOnly, focus, plain, callable, seen, options],
  );
}

const NONE: readonly CallableFlow[] = [];

/** Nodes with a parameter that is a flow: the one that is called, and the one that tells people. */
function namesFlows(type: string): boolean {
  return ["core.call", "core.approval", "core.form"].includes(type);
}

type Callable = Pick<FormScope, "flows" | "shipped" | "addShipped">;

/** The flows that a node may call once they are published, but not the one that it lies in; and those that could be added. */
function useCallable(node: FlowNode): Callable {
  const session = useSession();
  const queries = useQueryClient();
  const enabled = namesFlows(node.type);
  const list = useQuery({ ...flowsQuery(""), enabled });
  const called = node.type === "core.call" ? node.with?.flow : node.with?.notify;
  const id = typeof called === "string" ? called : "";
  const listed = list.data?.items.some((f) => f.id === id) === true;
  // The list ends somewhere: the one that is chosen may lie behind.
  const one = useQuery({ ...flowsQuery(id), enabled: enabled && list.isSuccess && id !== "" && !listed });
  const library = useQuery({ ...libraryQuery, enabled: enabled && one.isSuccess });
  const own = session.flow.id;
  const addShipped = useCallback(
    async ({ file, name }: ShippedFlow) => {
      try {
        const { added } = await adopt(file, { itself: true });
        const left = added.filter((f) => f.version === 0).map((f) => f.name);
        toast(
          left.length === 0 ? "ok" : "info",
          left.length === 0
            ? `${name} is added and published.`
            : `Added. Still to be published: ${left.join(", ")}.`,
        );
      } catch (error) {
        toast("fail", (error as Error).message);
      }
      await queries.invalidateQueries({ queryKey: ["flows"] });
      void session.check();
    },
    [queries, session],
  );
  return useMemo(() => {
    const more = listed ? [] : (one.data?.items.filter((f) => f.id === id) ?? []);
    return {
      flows: [...(list.data?.items ?? NONE), ...more].filter((f) => f.id !== own),
      shipped:
        library.data?.items.map((t) => ({ id: t.flow.id ?? "", name: t.flow.name, file: t.name })) ?? [],
      addShipped,
    };
  }, [list.data, one.data, library.data, listed, id, own, addShipped]);
}

/** What the flow's output has at hand: every step, for it is computed when all are done. */
export function useOutputScope(): FormScope {
  const session = useSession();
  const problems = session.document((s) => s.problems);
  const data = usePreviews("", undefined);
  const names = useCallback(() => outputScope(session.flow, session.catalog), [session]);
  const fields = useMemo(() => {
    const byField = new Map<string, Problem[]>();
    for (const p of problems)
      if (pointerTokens(p.pointer)[0] === "output")
        byField.set(p.pointer, [...(byField.get(p.pointer) ?? []), p]);
    return byField;
  }, [problems]);
  const readOnly = useReadOnly();
  return useMemo(
    () => ({ ...data, names, problems: fields, readOnly, focus: undefined }),
    [data, names, fields, readOnly],
  );
}

/** Looks at an expression in each sample of the flow; more of them than these say little more. */
const MOST_SAMPLES = 20;

function useSeen(node: string): (expression: string) => Promise<Json[]> {
  const session = useSession();
  const queries = useQueryClient();
  return useCallback(
    async (expression) => {
      const { items } = await queries.fetchQuery(samplesQuery(session.id));
      const values: Json[] = [];
      // One after the other: the server looks at few at once.
      for (const { input, trigger } of items.slice(0, MOST_SAMPLES)) {
        const answer = await flows
          .preview(
            session.id,
            {
              ...{
                template: templateOf(expression),
                node,
                run: "",
                sample: { input, ...(trigger ? { trigger } : {}) },
              },
              ...(session.saver.dirty ? { flow: session.flow } : {}),
            },
            new AbortController().signal,
          )
          .catch(() => undefined);
        if (answer?.ok && !answer.truncated) values.push(answer.value);
      }
      return values;
    },
    [session, queries, node],
  );
}

type Previews = Pick<FormScope, "preview" | "look" | "dataMark">;

/** Values over the data of the run shown; before there is one, over the chosen sample. Passes are those of all containers around, such as 1.0. */
export function usePreviews(node: string, pass: string | undefined): Previews {
  const session = useSession();
  const store = useContext(RunContext);
  const summary = useRunSummary();
  const sample = session.view((s) => s.sample);
  const preview = useCallback(
    (template: string, signal: AbortSignal): Promise<Preview> =>
      flows.preview(
        session.id,
        {
          template,
          node,
          run: store.summary?.id ?? "",
          // The server evaluates over its own draft unless this one is ahead of it.
          ...(session.saver.dirty ? { flow: session.flow } : {}),
          ...(pass ? { passes: pass.split(".").map(Number) } : {}),
          ...(sample !== undefined && store.summary === undefined
            ? { sample: { input: sample.input, ...(sample.trigger ? { trigger: sample.trigger } : {}) } }
            : {}),
        },
        signal,
      ),
    [session, store, node, pass, sample],
  );
  const pins = usePinsMark();
  const dataMark = `${summary?.id}:${summary?.state}:${sample?.name ?? ""}:${pass ?? ""}:${pins}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other data gives other values
  const look = useMemo(() => lookBy(preview), [preview, dataMark]);
  return useMemo(() => ({ preview, look, dataMark }), [preview, look, dataMark]);
}
