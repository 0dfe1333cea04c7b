import { Copy } from "lucide-react";
import { IconButton } from "./Button";
import { copyToClipboard } from "./download";
import { toast } from "./Toasts";

interface CopyButtonProps {
  text: string;
  /** What is copied, as it is spoken of: the error. */
  what: string;
  className?: string;
}

/** Puts a text on the clipboard, and tells whether that worked. */
export function CopyButton({ text, what, className }: CopyButtonProps) {
  const copy = async () => {
    const done = await copyToClipboard(text);
    toast(done ? "ok" : "fail", done ? `Copied ${what}` : "The browser refused to copy.");
  };
  return (
    <IconButton label={`Copy ${what}`} {...(className ? { className } : {})} onClick={() => void copy()}>
      <Copy size={13} aria-hidden />
    </IconButton>
  );
}
