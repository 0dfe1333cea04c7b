import { ShieldAlert, ShieldCheck } from "lucide-react";
import type { Powers } from "@/api/types";

/** Whether a connector may run, as icon, word and colour. */
export function ConsentBadge({ bundled, powers }: { bundled: boolean; powers: Powers | undefined }) {
  if (powers === undefined) return <span className="consent-badge" />;
  if (bundled || powers.consented)
    return (
      <span className="consent-badge" data-consent="yes">
        <ShieldCheck size={15} aria-hidden /> {bundled ? "Part of the server" : "Consented"}
      </span>
    );
  return (
    <span className="consent-badge" data-consent="no">
      <ShieldAlert size={15} aria-hidden />
      {powers.fresh.length < powers.asked.length ? "Asks for more" : "Needs consent"}
    </span>
  );
}
