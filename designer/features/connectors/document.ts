import { useMutation } from "@tanstack/react-query";
import { connectors } from "@/api/client";
import type { OpenAPIOperation, OpenAPIPlan } from "@/api/types";

/** A document that was read, with the connector that it would make. */
export interface Planned {
  name: string;
  document: string;
  plan: OpenAPIPlan;
}

/** Whether a file is read as an OpenAPI document. */
export function isDocument(name: string): boolean {
  return /\.(json|ya?ml)$/i.test(name);
}

/** Has the server read a document, and say which connector it makes. */
export function usePlan(onPlanned: (planned: Planned) => void) {
  return useMutation({
    async mutationFn(file: File): Promise<Planned> {
      const document = await file.text();
      return { name: file.name, document, plan: await connectors.planOpenAPI(file.name, document) };
    },
    onSuccess: onPlanned,
  });
}

/** The operations that hold every word of a search in what is read of them. */
export function found(operations: readonly OpenAPIOperation[], search: string): OpenAPIOperation[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter((o) => {
    const text = `${o.operation} ${o.name} ${o.action} ${o.tags.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Operations by their first tag, in the document's order; those without one come last. */
export function byTag(operations: readonly OpenAPIOperation[]): [string, OpenAPIOperation[]][] {
  const groups = new Map<string, OpenAPIOperation[]>();
  for (const o of operations) {
    const tag = o.tags[0] ?? "";
    groups.set(tag, [...(groups.get(tag) ?? []), o]);
  }
  return [...groups].sort(([a], [b]) => Number(a === "") - Number(b === ""));
}
