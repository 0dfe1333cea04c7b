import type { RJSFSchema } from "@rjsf/utils";
import { X } from "lucide-react";
import type { Json } from "@/core/flow/document";
import { Button } from "@/ui/Button";
import { Value } from "@/ui/Changes";
import { asWanted } from "./fits";
import { useFormScope } from "./scope";

interface UnfitProps {
  schema: RJSFSchema;
  value: Json;
  label: string;
  onChange: (value: Json | undefined) => void;
}

/** A value that the parameter's control can't show, in the place of that control. */
export function UnfitValue({ schema, value, label, onChange }: UnfitProps) {
  const { readOnly } = useFormScope();
  const wanted = asWanted(schema, value);
  return (
    <div className="kept-value">
      <Value value={value} other={undefined} />
      {!readOnly && (
        <div className="kept-does">
          {wanted !== undefined && (
            <Button small onClick={() => onChange(wanted)}>
              Make it {JSON.stringify(wanted)}
            </Button>
          )}
          <RemoveValue label={label} onRemove={() => onChange(undefined)} />
        </div>
      )}
    </div>
  );
}

/** Takes away what a parameter was given. */
export function RemoveValue({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <Button small onClick={onRemove} aria-label={`Remove the value of ${label}`}>
      <X size={13} aria-hidden /> Remove
    </Button>
  );
}
