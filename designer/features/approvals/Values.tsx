import { fieldsOf } from "@/core/expr/fields";
import type { Json } from "@/core/flow/document";
import { isTemplate } from "@/schema-form/modes";
import { JsonTree } from "@/ui/JsonTree";
import { plainly } from "@/ui/Named";

/** From here on values are read in the tree, not line by line. */
const MANY = 12;

interface ValuesProps {
  value: Json;
  label: string;
}

/** What a question is about, a line for each value; much of it as a tree. */
export function Values({ value, label }: ValuesProps) {
  const fields = fieldsOf(value, "value");
  if (fields.length > MANY || fields.some((f) => typeof f.value === "object" && !isShort(f.value)))
    return <JsonTree value={value} label={label} />;
  return (
    <dl className="question-values" aria-label={plainly(label)}>
      {fields.map((field) => (
        <div key={field.path}>
          <dt>{plainly(field.label)}</dt>
          <dd dir="auto">
            <Value value={field.value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Nothing, or a list that is read in a line. */
function isShort(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.every((v) => v === null || typeof v !== "object"));
}

function Value({ value }: { value: Json }) {
  if (typeof value === "string" && isTemplate(value))
    return (
      <>
        <code>{plainly(value)}</code> <span className="muted">is known only then</span>
      </>
    );
  return <>{inWords(value)}</>;
}

function inWords(value: Json): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : plainly(value.map(String).join(", "));
  if (value === null || value === "") return "nothing";
  return plainly(typeof value === "object" ? "nothing" : String(value));
}

/** What a question is about, in a line: the first of its values. */
export function valuesInShort(value: Json): string {
  const known = fieldsOf(value, "value").filter((f) => isShort(f.value) || typeof f.value !== "object");
  return known
    .filter((f) => !isTemplate(f.value))
    .slice(0, 3)
    .map((f) => `${plainly(f.label)}: ${inWords(f.value)}`)
    .join(" · ");
}
