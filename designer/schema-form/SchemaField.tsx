import getDefaultRegistry from "@rjsf/core/lib/getDefaultRegistry.js";
import type { FieldPathList, FieldProps } from "@rjsf/utils";
import { type ComponentType, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import type { Json, JsonObject } from "@/core/flow/document";
import { joinPointer } from "@/core/flow/document";
import { labelOf } from "@/core/flow/problems";
import { plainly } from "@/ui/Named";
import { CodeField } from "./CodeField";
import { ConditionField } from "./ConditionField";
import { DecisionTable } from "./DecisionTable";
import { ExpressionField } from "./ExpressionField";
import { ProblemList, useFieldProblems } from "./FieldProblems";
import { fits } from "./fits";
import { FixedValue, KeyValueTable } from "./KeyValueTable";
import { ModeToggle } from "./ModeToggle";
import { FaultContext, HeadContext, ModeContext, type ModeState } from "./modeContext";
import { isTemplate, toExpression, toFixed } from "./modes";
import { useFormScope } from "./scope";
import { UnfitValue } from "./UnfitValue";
import { useEntry } from "./useEntry";

const Default = getDefaultRegistry().fields.SchemaField as ComponentType<FieldProps>;

/** RFC 6901 pointer of a field inside `with`. */
function pointerOf(path: FieldPathList): string {
  return path.length === 0 ? "" : joinPointer("", ...path);
}

/**
 * Every parameter goes through here: it is shown as an expression, as a table of
 * free keys, as JSON, or as the control that its schema asks for.
 */
export function FlowSchemaField(props: FieldProps) {
  const { schemaUtils } = props.registry;
  const path = props.fieldPathId.path;
  if (path.length === 0) {
    if (!isFree(props)) return <Default {...props} />;
    return (
      <KeyValueTable value={objectOf(props.formData)} onChange={(v) => props.onChange(v, path)} pointer="" />
    );
  }
  const schema = schemaUtils.retrieveSchema(props.schema, props.formData);
  return <ParameterField {...props} schema={schema} free={isFree(props)} />;
}

function ParameterField({ free, ...props }: FieldProps & { free: boolean }) {
  const { schema, formData, fieldPathId, required, name } = props;
  const scope = useFormScope();
  const marked = schema as unknown as Record<string, unknown>;
  const only = marked["x-expression"] === true && (!scope.plain || scope.rules === true);
  const [chosen, setChosen] = useState<"expression" | "fixed">();
  const [written, setWritten] = useState<boolean>();
  const entry = useEntry(fieldPathId.$id);
  const untyped =
    schema.type === undefined && !schema.enum && schema.const === undefined && !schema.oneOf && !schema.anyOf;
  const computed = isTemplate(formData) || (untyped && (formData === undefined || formData === ""));
  const named = marked["x-fields"] === true && !scope.plain && (formData === undefined || isObject(formData));
  const likely = computed && !named ? "expression" : "fixed";
  const mode = only ? "expression" : scope.plain ? "fixed" : (chosen ?? likely);
  const becomes = (value: unknown): value is string => !scope.plain && isTemplate(value);
  const item = typeof fieldPathId.path.at(-1) === "number";
  const set = (value: unknown) => props.onChange(value, fieldPathId.path);
  const label = plainly(typeof marked.title === "string" ? marked.title : labelOf(name));
  const change = (next: "expression" | "fixed") => {
    setChosen(next);
    entry.enter(next === "expression" && (formData === undefined || formData === ""));
    if (next === "expression" && formData !== undefined && typeof formData !== "string")
      set(toExpression(formData as Json));
    if (next === "fixed" && isTemplate(formData)) set(toFixed(formData));
  };
  // An item that is an object is filled field by field.
  const whole = item && schema.type === "object" && mode === "fixed";
  const toggle =
    scope.plain || only || whole ? null : (
      <ModeToggle mode={mode} label={label} disabled={scope.readOnly} onChange={change} />
    );
  const frame = {
    label,
    required: required === true,
    hint: typeof schema.description === "string" ? schema.description : undefined,
    pointer: pointerOf(fieldPathId.path),
    toggle,
    id: fieldPathId.$id,
    item,
  };
  if (marked["x-code"] === "javascript") {
    return (
      <Frame {...frame} toggle={null}>
        <CodeField
          language="script"
          label={label}
          value={typeof formData === "string" ? formData : ""}
          readOnly={scope.readOnly}
          onChange={(text) => set(text === "" ? undefined : text)}
        />
      </Frame>
    );
  }
  if (marked["x-decision"] === true && mode === "fixed") {
    const match = (props.registry.formContext as { value?: JsonObject } | undefined)?.value?.match;
    return (
      <Frame {...frame} deep={false}>
        <DecisionTable
          pointer={frame.pointer}
          rows={rowsOf(formData)}
          onChange={set}
          sum={match === "sum"}
          onSum={() => match === undefined && props.onChange("sum", ["match"])}
        />
      </Frame>
    );
  }
  if (only && schema.type === "boolean" && !scope.plain) {
    return (
      <Frame {...frame} problems={false}>
        <ConditionField
          id={fieldPathId.$id}
          label={label}
          pointer={frame.pointer}
          value={typeof formData === "string" ? formData : toExpression(formData as Json | undefined)}
          onChange={set}
          first
          written={written}
          onWritten={setWritten}
        />
      </Frame>
    );
  }
  if (named && mode === "fixed") {
    return (
      <Frame {...frame} deep={false}>
        <KeyValueTable value={objectOf(formData)} onChange={set} pointer={frame.pointer} />
      </Frame>
    );
  }
  if (mode === "expression") {
    return (
      <Frame {...frame} problems={false}>
        <ExpressionField
          id={fieldPathId.$id}
          label={label}
          pointer={frame.pointer}
          value={typeof formData === "string" ? formData : toExpression(formData as Json | undefined)}
          onChange={(text) => {
            // Half-typed text has no template yet: the field stays an expression all the same.
            setChosen("expression");
            set(text === "" ? undefined : text);
          }}
          only={only}
          {...entry.into}
        />
      </Frame>
    );
  }
  if (!fits(schema, formData as Json | undefined)) {
    return (
      <Frame {...frame}>
        <UnfitValue schema={schema} value={formData as Json} label={label} onChange={set} />
      </Frame>
    );
  }
  if (free) {
    return (
      <Frame {...frame} deep={false}>
        <KeyValueTable
          value={objectOf(formData)}
          onChange={set}
          pointer={frame.pointer}
          noun="entry"
          texts={textsAlone(schema)}
          picked={marked["x-schema"] !== true}
        />
      </Frame>
    );
  }
  if (untyped) {
    return (
      <Frame {...frame}>
        <FixedValue
          id={fieldPathId.$id}
          label={label}
          value={(formData ?? "") as Json}
          onChange={(value) => {
            if (becomes(value)) setChosen("expression");
            // Of plain values, nothing written is nothing given.
            const given = scope.plain && value === "" ? undefined : value;
            set(becomes(given) ? entry.typed(given) : given);
          }}
        />
      </Frame>
    );
  }
  const state: ModeState = { label, toggle, pointer: frame.pointer, item: frame.item };
  return (
    <ModeContext.Provider value={state}>
      <Default
        {...props}
        onChange={(value, path, ...rest) => {
          // Values inside report through here too; only this field's own text can turn into an expression.
          const own = path.length === fieldPathId.path.length;
          if (own && becomes(value)) {
            setChosen("expression");
            props.onChange(entry.typed(value), path, ...rest);
          } else props.onChange(value, path, ...rest);
        }}
      />
    </ModeContext.Provider>
  );
}

interface FrameProps {
  label: string;
  required: boolean;
  hint: string | undefined;
  pointer: string;
  toggle: ReactNode;
  id: string;
  item: boolean;
  deep?: boolean;
  /** False where the control shows them itself. */
  problems?: boolean;
  children: ReactNode;
}

/** Label, toggle, control, hint and problems of one parameter. */
export function Frame({
  label,
  required,
  hint,
  pointer,
  toggle,
  id,
  item,
  deep = true,
  problems = true,
  children,
}: FrameProps) {
  const frame = useFocusOnDemand(pointer);
  const found = useFieldProblems(pointer, deep);
  const said = `${id}-problems`;
  // A field made of fields has no control of its own to say it of.
  const bad = deep && found.some((p) => p.severity === "error");
  if (useContext(HeadContext) === pointer) return children;
  return (
    <div className="parameter" ref={frame} data-pointer={pointer}>
      <div className="parameter-head">
        <label className={item ? "hidden-text" : "field-label"} htmlFor={id}>
          {label}
          {required && (
            <span className="required" title="Required">
              {" "}
              *
            </span>
          )}
        </label>
        <span className="grow" />
        {toggle}
      </div>
      <HeadContext.Provider value={pointer}>
        <FaultContext.Provider value={bad && problems ? said : undefined}>{children}</FaultContext.Provider>
      </HeadContext.Provider>
      {hint !== undefined && !item && <p className="field-hint">{hint}</p>}
      {problems && <ProblemList problems={found} id={said} />}
    </div>
  );
}

/** Brings a field into view when a problem leads to it. */
function useFocusOnDemand(pointer: string) {
  const { focus } = useFormScope();
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focus === undefined || !leadsTo(pointer, focus)) return;
    // The field that is meant has a frame of its own inside.
    const inside = frame.current?.querySelectorAll<HTMLElement>("[data-pointer]") ?? [];
    if ([...inside].some((e) => leadsTo(e.dataset.pointer ?? "", focus))) return;
    frame.current?.scrollIntoView({ block: "center" });
    frame.current?.querySelector<HTMLElement>("input, textarea, select, [contenteditable=true]")?.focus();
  }, [focus, pointer]);
  return frame;
}

/** Whether a place is that of a pointer, or around it. */
function leadsTo(place: string, pointer: string): boolean {
  return pointer === place || pointer.startsWith(`${place}/`);
}

/**
 * Whether an object's keys are the author's to name. Asked without data: rjsf adds
 * the keys that are there to the schema, as if they had been declared.
 */
function isFree(props: FieldProps): boolean {
  const schema = props.registry.schemaUtils.retrieveSchema(props.schema, undefined);
  const known = Object.keys(schema.properties ?? {}).length;
  return (
    schema.type === "object" &&
    known === 0 &&
    schema.additionalProperties !== false &&
    !schema.oneOf &&
    !schema.anyOf
  );
}

/** Whether the values of an object with free keys are texts, whatever they look like. */
function textsAlone(schema: FieldProps["schema"]): boolean {
  const values = schema.additionalProperties;
  return typeof values === "object" && values.type === "string";
}

function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The rows of a table; one that isn't any is shown empty, to be filled or removed. */
function rowsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
