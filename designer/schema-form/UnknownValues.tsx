import type { RJSFSchema } from "@rjsf/utils";
import type { Json, JsonObject } from "@/core/flow/document";
import { joinPointer } from "@/core/flow/document";
import { labelOf } from "@/core/flow/problems";
import { Value } from "@/ui/Changes";
import { Frame } from "./SchemaField";
import { useFormScope } from "./scope";
import { RemoveValue } from "./UnfitValue";

interface UnknownProps {
  schema: RJSFSchema;
  value: JsonObject;
  /** Where the object lies in the form. */
  path: readonly (string | number)[];
  /** Takes the object as it becomes. */
  onChange: (value: JsonObject) => void;
}

/** What an object was given, for another version of its action, under keys that are not known: it is kept until it is sent elsewhere. */
export function UnknownValues({ schema, value, path, onChange }: UnknownProps) {
  const known = schema.properties ?? {};
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(known, key));
  const free = Object.keys(known).filter((key) => value[key] === undefined);
  if (schema.additionalProperties !== false || unknown.length === 0) return null;
  const titles = new Map(free.map((key) => [key, titleOf(known[key], key)]));
  const moved = (from: string, to?: string) => {
    const { [from]: kept, ...rest } = value;
    onChange(to === undefined || kept === undefined ? rest : { ...rest, [to]: kept });
  };
  return unknown.map((key) => (
    <Unknown
      key={key}
      name={key}
      value={value[key] as Json}
      pointer={joinPointer("", ...path, key)}
      free={titles}
      onMove={(to) => moved(key, to)}
    />
  ));
}

function titleOf(property: unknown, key: string): string {
  const title = (property as { title?: unknown } | undefined)?.title;
  return typeof title === "string" ? title : labelOf(key);
}

interface UnknownValueProps {
  name: string;
  value: Json;
  pointer: string;
  free: ReadonlyMap<string, string>;
  onMove: (to?: string) => void;
}

function Unknown({ name, value, pointer, free, onMove }: UnknownValueProps) {
  const { readOnly } = useFormScope();
  const id = `kept${pointer}`;
  return (
    <Frame
      label={name}
      required={false}
      hint={undefined}
      pointer={pointer}
      toggle={null}
      id={id}
      item={false}
    >
      <div className="kept-value" data-testid={`kept-${name}`}>
        <Value value={value} other={undefined} />
        {!readOnly && (
          <div className="kept-does">
            {free.size > 0 && (
              <select
                id={id}
                className="select"
                aria-label={`Move ${name} to`}
                value=""
                onChange={(e) => onMove(e.target.value)}
              >
                <option value="">Move to…</option>
                {[...free].map(([key, title]) => (
                  <option key={key} value={key}>
                    {title}
                  </option>
                ))}
              </select>
            )}
            <RemoveValue label={name} onRemove={() => onMove()} />
          </div>
        )}
      </div>
    </Frame>
  );
}
