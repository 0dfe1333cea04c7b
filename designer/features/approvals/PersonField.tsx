import { useQuery } from "@tanstack/react-query";
import { usersQuery } from "@/api/queries";
import { Field } from "@/ui/Fields";
import { plainly } from "@/ui/Named";

interface PersonFieldProps {
  value: string;
  onChange: (name: string) => void;
  hint?: string;
  error?: string | undefined;
  /** Names of those who can't be it. */
  without?: readonly (string | undefined)[];
}

/** One of those who can log in, by name. */
export function PersonField({ value, onChange, hint, error, without = [] }: PersonFieldProps) {
  const users = useQuery(usersQuery);
  return (
    <Field
      label="Person"
      {...(hint === undefined ? {} : { hint })}
      {...(error === undefined ? {} : { error })}
    >
      {(id, below) => (
        <select
          id={id}
          aria-describedby={below}
          className="select"
          value={value}
          onChange={(e) => onChange(e.target.value)}
        >
          <option value="">Choose…</option>
          {users.data?.items
            .filter((u) => u.state === "active" && !without.includes(u.name))
            .map((u) => (
              <option key={u.id} value={u.name}>
                {plainly(u.name)} ({u.role})
              </option>
            ))}
        </select>
      )}
    </Field>
  );
}
