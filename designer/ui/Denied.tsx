import { Lock } from "lucide-react";
import { Empty } from "./Feedback";

/** Stands where a page would be that the user's role does not open. */
export function Denied({ what, role }: { what: string; role: string | undefined }) {
  return (
    <Empty
      icon={Lock}
      title={`You may not ${what}`}
      text={`Your role${role === undefined ? "" : `, ${role},`} does not allow it. An administrator can change that.`}
    />
  );
}
