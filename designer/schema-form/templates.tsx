import type {
  ArrayFieldItemTemplateProps,
  ArrayFieldTemplateProps,
  FieldTemplateProps,
  MultiSchemaFieldTemplateProps,
  ObjectFieldTemplateProps,
} from "@rjsf/utils";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useContext } from "react";
import type { Json, JsonObject } from "@/core/flow/document";
import { isObject } from "@/core/flow/same";
import { Button, IconButton } from "@/ui/Button";
import { ModeContext } from "./modeContext";
import { Frame } from "./SchemaField";
import type { FormContext } from "./SchemaForm";
import { UnknownValues } from "./UnknownValues";

/** The look of fields that are fixed; expressions bring their own. */

export function FieldTemplate(props: FieldTemplateProps) {
  const state = useContext(ModeContext);
  if (state === undefined) return props.children;
  return (
    <Frame
      id={props.id}
      label={state.label}
      required={props.required === true}
      hint={props.rawDescription || undefined}
      pointer={state.pointer}
      toggle={state.toggle}
      item={state.item}
      deep={!hasFields(props)}
    >
      {/* Fields inside bring their own state; this one's must not reach them. */}
      <ModeContext.Provider value={undefined}>{props.children}</ModeContext.Provider>
    </Frame>
  );
}

/** Whether what is inside has fields of its own, and not one control for all of it. */
function hasFields({ schema, uiSchema, registry }: FieldTemplateProps): boolean {
  if (schema.type === "object") return true;
  if (schema.type !== "array") return false;
  return uiSchema?.["ui:widget"] === undefined && !registry.schemaUtils.isMultiSelect(schema);
}

export function ObjectFieldTemplate(props: ObjectFieldTemplateProps) {
  const { properties, fieldPathId, schema, formData, registry } = props;
  const { path } = fieldPathId;
  const { value, onChange } = registry.formContext as Partial<FormContext>;
  return (
    <div className={path.length === 0 ? "parameters" : "parameters parameters-nested"}>
      {properties.map((p) => p.content)}
      {value !== undefined && onChange !== undefined && isObject(formData) && (
        <UnknownValues
          schema={schema}
          value={formData}
          path={path}
          onChange={(next) => onChange(replaced(value, path, next) as JsonObject)}
        />
      )}
    </div>
  );
}

/** A value in which what lies at a path is another. */
function replaced(value: Json, [key, ...rest]: readonly (string | number)[], next: Json): Json {
  if (key === undefined) return next;
  if (Array.isArray(value)) return value.map((v, i) => (i === key ? replaced(v, rest, next) : v));
  if (!isObject(value)) return value;
  return { ...value, [key]: replaced(value[key] ?? null, rest, next) };
}

export function ArrayFieldTemplate({
  items,
  canAdd,
  onAddClick,
  title,
  disabled,
  readonly,
}: ArrayFieldTemplateProps) {
  return (
    <div className="list">
      {items}
      {canAdd && !readonly && !disabled && (
        <Button small onClick={onAddClick} data-testid="add-item">
          <Plus size={14} aria-hidden /> Add to {(title || "the list").toLowerCase()}
        </Button>
      )}
    </div>
  );
}

export function ArrayFieldItemTemplate({
  children,
  buttonsProps,
  index,
  readonly,
}: ArrayFieldItemTemplateProps) {
  return (
    <div className="list-item">
      <div className="grow">{children}</div>
      {!readonly && (
        <div className="list-buttons">
          {buttonsProps.hasMoveUp && (
            <IconButton label={`Move item ${index + 1} up`} onClick={buttonsProps.onMoveUpItem}>
              <ArrowUp size={13} aria-hidden />
            </IconButton>
          )}
          {buttonsProps.hasMoveDown && (
            <IconButton label={`Move item ${index + 1} down`} onClick={buttonsProps.onMoveDownItem}>
              <ArrowDown size={13} aria-hidden />
            </IconButton>
          )}
          {buttonsProps.hasRemove && (
            <IconButton label={`Remove item ${index + 1}`} onClick={buttonsProps.onRemoveItem}>
              <X size={13} aria-hidden />
            </IconButton>
          )}
        </div>
      )}
    </div>
  );
}

/** The choice between the branches of a oneOf, over the fields of the chosen one. */
export function MultiSchemaFieldTemplate({ selector, optionSchemaField }: MultiSchemaFieldTemplateProps) {
  return (
    <div className="branches">
      {selector}
      {optionSchemaField}
    </div>
  );
}
