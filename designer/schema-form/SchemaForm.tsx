import "./pick.css";
import "./schema-form.css";
import Form from "@rjsf/core/lib/components/Form.js";
import type {
  RegistryFieldsType,
  RegistryWidgetsType,
  RJSFSchema,
  TemplatesType,
  UiSchema,
} from "@rjsf/utils";
import { memo, useMemo } from "react";
import type { Schema } from "@/core/flow/catalog";
import { type JsonObject, joinPointer } from "@/core/flow/document";
import { isObject } from "@/core/flow/same";
import { plainly } from "@/ui/Named";
import { FlowWidget } from "./FlowWidget";
import { OptionsWidget } from "./OptionsWidget";
import { FlowSchemaField } from "./SchemaField";
import {
  ArrayFieldItemTemplate,
  ArrayFieldTemplate,
  FieldTemplate,
  MultiSchemaFieldTemplate,
  ObjectFieldTemplate,
} from "./templates";
import { DateTimeWidget, DurationWidget, isDuration } from "./timeWidgets";
import { validator } from "./validator";
import { CheckboxWidget, ChipsWidget, NumberWidget, SelectWidget, TextWidget } from "./widgets";

const FIELDS = { SchemaField: FlowSchemaField } as unknown as RegistryFieldsType;
const TEMPLATES: Partial<TemplatesType> = {
  FieldTemplate,
  ObjectFieldTemplate,
  ArrayFieldTemplate,
  ArrayFieldItemTemplate,
  MultiSchemaFieldTemplate,
};
const WIDGETS: RegistryWidgetsType = {
  TextWidget,
  TextareaWidget: TextWidget,
  PasswordWidget: TextWidget,
  EmailWidget: TextWidget,
  URLWidget: TextWidget,
  DateWidget: TextWidget,
  DateTimeWidget,
  DurationWidget,
  TimeWidget: TextWidget,
  UpDownWidget: NumberWidget,
  RangeWidget: NumberWidget,
  CheckboxWidget,
  SelectWidget,
  RadioWidget: SelectWidget,
  CheckboxesWidget: SelectWidget,
  ChipsWidget,
  FlowWidget,
  OptionsWidget,
};

/** What templates of the form know beside their own field. */
export interface FormContext {
  value: JsonObject;
  onChange: (value: JsonObject) => void;
}

interface SchemaFormProps {
  schema: Schema;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  readOnly: boolean;
  /** Where several stand beside each other, what their fields' ids begin with. */
  idPrefix?: string;
}

/** The form of a node's parameters, made from its action's schema. */
export const SchemaForm = memo(function SchemaForm(props: SchemaFormProps) {
  const { schema, value, onChange, readOnly, idPrefix = "with" } = props;
  const shown = useMemo(() => oneTypeEach(withoutChoice(schema as RJSFSchema), value), [schema, value]);
  const uiSchema = useMemo(() => uiOf(shown), [shown]);
  const context = useMemo<FormContext>(() => ({ value, onChange }), [value, onChange]);
  return (
    <Form
      // Not a <form>: nothing is submitted, and Enter must not reload the page.
      tagName="div"
      className="schema-form"
      schema={shown}
      uiSchema={uiSchema}
      formData={value}
      formContext={context}
      validator={validator}
      fields={FIELDS}
      templates={TEMPLATES}
      widgets={WIDGETS}
      readonly={readOnly}
      noHtml5Validate
      noValidate
      showErrorList={false}
      idPrefix={idPrefix}
      experimental_defaultFormStateBehavior={{ emptyObjectFields: "skipDefaults" }}
      onChange={(event) => {
        if (event.formData !== undefined) onChange(withoutHoles(event.formData as JsonObject));
      }}
    >
      <span />
    </Form>
  );
});

/**
 * Branches that only say which fields must be given offer nothing to choose: the fields are there
 * in any case, and the server says which are missing.
 */
function withoutChoice({ oneOf, anyOf, ...schema }: RJSFSchema): RJSFSchema {
  const bare = (branches: RJSFSchema["oneOf"]) =>
    branches?.every((b) => typeof b === "object" && Object.keys(b).every((key) => key === "required"));
  return {
    ...schema,
    ...(oneOf === undefined || bare(oneOf) ? {} : { oneOf }),
    ...(anyOf === undefined || bare(anyOf) ? {} : { anyOf }),
  };
}

/**
 * A parameter that may be a list or something else is a list, unless it is something else already:
 * a field has one control.
 */
function oneTypeEach(schema: RJSFSchema, value: JsonObject): RJSFSchema {
  const properties = Object.entries(schema.properties ?? {});
  const open = properties.filter(
    ([, p]) => typeof p === "object" && Array.isArray(p.type) && p.type.includes("array"),
  );
  if (open.length === 0) return schema;
  const narrowed = open.map(([key, p]) => {
    const given = value[key];
    const type = typeof given === "string" ? "string" : isObject(given) ? "object" : ("array" as const);
    return [key, { ...(p as RJSFSchema), type }] as const;
  });
  return { ...schema, properties: { ...schema.properties, ...Object.fromEntries(narrowed) } };
}

/** Which control a schema's types ask for, beyond what rjsf finds by itself. */
function uiOf(schema: RJSFSchema, pointer = ""): UiSchema {
  const ui: UiSchema = {};
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property !== "object" || property === null) continue;
    const type = (property as RJSFSchema).type;
    if (type === "array" && isPlainTextList(property as RJSFSchema)) ui[key] = { "ui:widget": "ChipsWidget" };
    if ("x-flow" in property) ui[key] = { "ui:widget": "FlowWidget" };
    const place = joinPointer(pointer, key);
    const labels = (property as { "x-labels"?: unknown })["x-labels"];
    if (isObject(labels))
      ui[key] = { "ui:enumNames": (property as RJSFSchema).enum?.map((v) => labelIn(labels, String(v))) };
    if (isDuration(property)) ui[key] = { "ui:widget": "DurationWidget" };
    if ("x-options" in property && type !== "array")
      ui[key] = { "ui:widget": "OptionsWidget", "ui:options": { pointer: place } };
    if (type === "object") ui[key] = uiOf(property as RJSFSchema, place);
  }
  return ui;
}

/** What a connector calls a value of its enum; a value without a name is called as it is. */
function labelIn(labels: JsonObject, value: string): string {
  const label = Object.hasOwn(labels, value) ? labels[value] : undefined;
  return plainly(typeof label === "string" ? label : value);
}

function isPlainTextList(schema: RJSFSchema): boolean {
  const items = schema.items;
  return (
    typeof items === "object" && !Array.isArray(items) && items.type === "string" && items.enum === undefined
  );
}

/** rjsf leaves keys whose value is undefined; a document has no such thing. */
function withoutHoles(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
