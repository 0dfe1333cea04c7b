import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import { copyToClipboard } from "./download";
import { toast } from "./Toasts";

interface CopyButtonProps {
  /** What is copied; a function where making it is work. */
  text: string | (() => string);
  /** What is copied, as it is spoken of: the error. */
  what: string;
  className?: string;
  tabIndex?: number;
  /** Its sign, where it is not that of copying. */
  children?: ReactNode;
}

/** Puts a text on the clipboard, and tells whether that worked. */
export function CopyButton({ text, what, children, ...rest }: CopyButtonProps) {
  const copy = async () => {
    const done = await copyToClipboard(typeof text === "string" ? text : text());
    toast(done ? "ok" : "fail", done ? `Copied ${what}` : "The browser refused to copy.");
  };
  return (
    <IconButton label={`Copy ${what}`} {...rest} onClick={() => void copy()}>
      {children ?? <Copy size={13} aria-hidden />}
    </IconButton>
  );
}
