import { createContext, useContext } from "react";
import type { OptionList, Preview, Problem } from "@/api/types";
import type { Look } from "@/core/expr/complete";
import type { ExprScope } from "@/core/expr/scope";
import type { Json } from "@/core/flow/document";

/** A flow as those who choose one tell it from others. */
export interface CallableFlow {
  id: string;
  name: string;
  /** 0 where none is published. */
  version: number;
  /** When its draft was last changed. */
  updatedAt: string;
}

/** A flow that ships with the server. */
export interface ShippedFlow {
  /** The one under which other flows call it. */
  id: string;
  name: string;
  /** Of its file in the library. */
  file: string;
}

/** What the fields of one node's form share. */
export interface FormScope {
  /** Evaluates a template over the data of the run that is shown. */
  preview: (template: string, signal: AbortSignal) => Promise<Preview>;
  /** What the expression of a field may read, by the field's pointer. */
  names: (pointer: string) => ExprScope | undefined;
  /** The value of an expression over the same data, for completion. */
  look: Look;
  /** The values of an expression in all of the flow's samples. */
  seen?: (expression: string) => Promise<Json[]>;
  /** Problems by the pointer of the parameter that they name. */
  problems: ReadonlyMap<string, Problem[]>;
  readOnly: boolean;
  /** The flows that a node may call once they are published. */
  flows?: readonly CallableFlow[];
  /** The flows that ship with the server, also those that are not on it. */
  shipped?: readonly ShippedFlow[];
  /** Adds one that ships under its own id, with all that it calls. */
  addShipped?: (flow: ShippedFlow) => Promise<void>;
  /** The values that the connector lists for a parameter, by its pointer; without it they are typed. */
  options?: (pointer: string) => Promise<OptionList>;
  /** Values alone: nothing here can be an expression, and a text with braces is a text. */
  plain?: boolean;
  /** Fields that take nothing but an expression are expressions all the same: the rules of triggers. */
  rules?: boolean;
  /** A field to bring into view and focus, once. */
  focus: string | undefined;
  /** Rises when the data behind previews has changed. */
  dataMark: string;
}

/** What a form knows of which nothing else is known: it shows, and nothing can be changed. */
export const BARE_SCOPE: FormScope = {
  preview: async () => ({ ok: false, pending: true }),
  names: () => undefined,
  look: async () => undefined,
  problems: new Map(),
  readOnly: true,
  focus: undefined,
  dataMark: "",
};

export const FormScopeContext = createContext<FormScope>(BARE_SCOPE);

export function useFormScope(): FormScope {
  return useContext(FormScopeContext);
}
