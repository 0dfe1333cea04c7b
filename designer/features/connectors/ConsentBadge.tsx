import { ShieldAlert, ShieldBan, ShieldCheck } from "lucide-react";
import type { Standing } from "@/api/types";

const WORDS: Record<Standing, string> = {
  bundled: "Part of the server",
  consented: "Consented",
  asks: "Needs consent",
  more: "Asks for more",
  refused: "Refused",
};

/** Whether a connector may run, as icon, word and colour. */
export function ConsentBadge({ standing }: { standing: Standing }) {
  const may = standing === "bundled" || standing === "consented";
  const Icon = may ? ShieldCheck : standing === "refused" ? ShieldBan : ShieldAlert;
  return (
    <span className="consent-badge" data-consent={may ? "yes" : standing === "refused" ? "refused" : "no"}>
      <Icon size={15} aria-hidden /> {WORDS[standing]}
    </span>
  );
}
