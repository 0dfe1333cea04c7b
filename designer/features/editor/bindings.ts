import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { credentials } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { bindingsQuery, credentialsQuery } from "@/api/queries";
import type { Bindings, Credential } from "@/api/types";
import { unboundProblems } from "@/core/flow/credentials";
import type { Problem } from "@/core/flow/document";
import { toast } from "@/ui/Toasts";
import { useFlow, useSession } from "./useSession";

interface Binding {
  /** What each alias is on this server; undefined as long as that is not known. */
  bindings: Bindings | undefined;
  /** The credentials of a type, for those who may see them. */
  ofType: (type: string) => Credential[];
  nameOf: (alias: string) => string | undefined;
  mayBind: boolean;
  busy: boolean;
  bind: (alias: string, credential: string | undefined) => void;
}

/** Which credential each alias of the opened flow is here, and how that is changed. */
export function useBindings(): Binding {
  const session = useSession();
  const queries = useQueryClient();
  const { can } = usePermissions();
  const flow = useFlow();
  const mayBind = can("credential.manage");
  // What a draft no longer names may still be bound.
  const enabled = flow.credentials !== undefined || mayBind;
  const read = useQuery({ ...bindingsQuery(session.id), enabled });
  const all = useQuery({ ...credentialsQuery, enabled: can("credential.read") && enabled });
  const save = useMutation({
    // One after the other: the last answer tells what all aliases are.
    scope: { id: `bindings of ${session.id}` },
    async mutationFn({ alias, to }: { alias: string; to: string | undefined }) {
      // The server binds the aliases of its own draft.
      if (!(await session.saver.flush())) throw new Error("The draft is not saved yet: save it first.");
      return credentials.bind(session.id, { [alias]: to ?? null });
    },
    async onSuccess(answer) {
      await queries.cancelQueries(bindingsQuery(session.id)); // what it would answer is older
      queries.setQueryData(bindingsQuery(session.id).queryKey, answer);
      void session.check();
    },
    onError: (error) => toast("fail", error.message),
  });
  const items = all.data?.items ?? [];
  const bindings = withChosen(read.data?.bindings, save.isPending ? save.variables : undefined);
  return {
    bindings,
    ofType: (type) => items.filter((c) => c.type === type),
    nameOf: (alias) => {
      const id = bindings?.[alias];
      return id === undefined
        ? undefined
        : (items.find((c) => c.id === id)?.name ?? "a credential of this server");
    },
    mayBind,
    busy: save.isPending,
    bind: (alias, to) => save.mutate({ alias, to }),
  };
}

/** What is chosen shows at once: a field that waited for the answer would lose the focus. */
function withChosen(
  bindings: Bindings | undefined,
  chosen: { alias: string; to: string | undefined } | undefined,
): Bindings | undefined {
  if (bindings === undefined || chosen === undefined) return bindings;
  const { [chosen.alias]: _, ...rest } = bindings;
  return chosen.to === undefined ? rest : { ...rest, [chosen.alias]: chosen.to };
}

/** All that is wrong with the draft: what the server says, and aliases that mean nothing here. */
export function useProblems(): Problem[] {
  const session = useSession();
  const problems = session.document((s) => s.problems);
  const flow = useFlow();
  const read = useQuery({ ...bindingsQuery(session.id), enabled: flow.credentials !== undefined });
  const bindings = read.data?.bindings;
  return useMemo(() => {
    if (bindings === undefined) return problems;
    // The server says the same once one tries to publish: one word on it is enough.
    const told = problems.filter((p) => p.code !== "credential.unbound");
    return [...told, ...unboundProblems(flow, bindings)];
  }, [problems, flow, bindings]);
}
