import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { flows } from "./client";
import { call } from "./http";

/** A flow that ships and came along with one that calls it. */
interface AddedFlow {
  id: string;
  name: string;
  /** 0 where it is not published yet. */
  version: number;
  /** What has to be done before it can be published. */
  why?: string;
}

/** A flow that was made of one that ships, and those that it calls. */
export interface Adopted {
  id: string;
  revision: number;
  added: AddedFlow[];
}

interface Wanted {
  /** Of its file in the library, such as contain-host. */
  file: string;
  /** What it is called here; another where a flow has that name already. */
  name: string;
}

/** Makes a flow of one that ships, with all that it calls: by one call, so that all is there or nothing. */
export const adopt = (file: string, body: { name?: string; itself?: boolean }) =>
  call<Adopted>("POST", `/library/${encodeURIComponent(file)}/flows`, { body });

/** Makes a flow of one that ships, and opens it where nothing came along that has to be told first. */
export function useAdoptFlow() {
  const queries = useQueryClient();
  const open = useOpenFlow();
  return useMutation({
    mutationFn: async ({ file, name }: Wanted) => adopt(file, { name: await freeName(name) }),
    async onSuccess({ id, added }) {
      void queries.invalidateQueries({ queryKey: ["flows"] });
      if (added.length === 0) await open(id);
    },
  });
}

/** Goes to a flow. */
export function useOpenFlow() {
  const go = useNavigate();
  return (id: string) => go({ to: "/flows/$id", params: { id }, search: {} });
}

/** A name that no flow has yet: "Public bucket (2)" where there is a "Public bucket". */
async function freeName(name: string): Promise<string> {
  const taken = new Set((await flows.list(name)).items.map((f) => f.name));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
  return free;
}
