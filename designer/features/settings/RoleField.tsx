import { ROLES, type Role } from "@/api/types";
import { Field } from "@/ui/Fields";
import { ROLE_TEXT } from "./roles";

interface RoleFieldProps {
  value: Role;
  onChange: (role: Role) => void;
}

/** Chooses a role, and says what it is for. */
export function RoleField({ value, onChange }: RoleFieldProps) {
  return (
    <Field label="Role" hint={`${ROLE_TEXT[value]}. Choose the least that does.`}>
      {(id, below) => (
        <select
          id={id}
          aria-describedby={below}
          className="select"
          value={value}
          onChange={(e) => onChange(e.target.value as Role)}
        >
          {ROLES.map((r) => (
            <option key={r} value={r}>
              {r}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
