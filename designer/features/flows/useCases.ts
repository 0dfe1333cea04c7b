import type { Flow } from "@/core/flow/document";

/** What a template is for, by the label that its flow has; the first that fits counts. */
const USE_CASES: readonly (readonly [string, string])[] = [
  ["triage", "Alert triage"],
  ["phishing", "Phishing"],
  ["hunting", "Threat hunting"],
  ["incident response", "Incident response"],
  ["vulnerabilities", "Vulnerability correlation"],
  ["endpoint", "Endpoints"],
  ["cloud", "Cloud compliance"],
  ["certificates", "Certificates"],
];

const REST = "Shared steps and others";

/** What marks a flow as one that others call, or that does a task of a case. */
const STEPS = ["sub-flow", "task", "called"];

/** Templates that are for the same. */
export interface UseCase<T> {
  name: string;
  items: T[];
}

function useCaseOf(flow: Flow): string {
  return USE_CASES.find(([label]) => flow.labels?.includes(label))?.[1] ?? REST;
}

/**
 * Groups templates by what they are for, in the order of the use cases; within one, flows come before the
 * steps that they are made of, and otherwise in the order in which they are given.
 */
export function byUseCase<T extends { flow: Flow }>(templates: readonly T[]): UseCase<T>[] {
  const isStep = (t: T) => STEPS.some((label) => t.flow.labels?.includes(label));
  return [...USE_CASES.map(([, name]) => name), REST].flatMap((name) => {
    const all = templates.filter((t) => useCaseOf(t.flow) === name);
    const items = [...all.filter((t) => !isStep(t)), ...all.filter(isStep)];
    return items.length === 0 ? [] : { name, items };
  });
}
