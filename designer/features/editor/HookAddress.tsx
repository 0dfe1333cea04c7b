import { Copy } from "lucide-react";
import { IconButton } from "@/ui/Button";
import { copyToClipboard } from "@/ui/download";
import { toast } from "@/ui/Toasts";

interface HookAddressProps {
  path: string;
  name: string;
  id: string;
}

/** The whole address of a webhook, to be copied. */
export function HookAddress({ path, name, id }: HookAddressProps) {
  const address = window.location.origin + path;
  const copy = async () => {
    const done = await copyToClipboard(address);
    toast(done ? "ok" : "fail", done ? "Copied the address." : "The browser refused: select and copy it.");
  };
  return (
    <div className="row">
      <code className="hook-address ellipsis" title={address} data-testid={`hook-${id}`}>
        {address}
      </code>
      <IconButton label={`Copy the address of ${name}`} onClick={() => void copy()}>
        <Copy size={15} aria-hidden />
      </IconButton>
    </div>
  );
}
