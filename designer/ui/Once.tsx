import { Check, Copy, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Button } from "./Button";
import { copyToClipboard } from "./download";

interface OnceProps {
  /** The secret, as it is copied. */
  value: string;
  /** What whoever has it can do with it. */
  warning: string;
  /** What it is, in a word: token, link. */
  what: string;
  testid: string;
}

/** A secret that is shown this once: the server keeps only its hash. */
export function Once({ value, warning, what, testid }: OnceProps) {
  const [copied, setCopied] = useState<boolean>();
  return (
    <>
      <p className="token-warning" role="status">
        <TriangleAlert size={16} aria-hidden />
        {warning}
      </p>
      <div className="token-once">
        <code className="grow" data-testid={testid}>
          {value}
        </code>
        <Button small onClick={async () => setCopied(await copyToClipboard(value))}>
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {copied ? "Copied" : "Copy"}
        </Button>
      </div>
      {copied === false && (
        <p className="field-error">The browser did not allow it: select the {what} and copy it.</p>
      )}
    </>
  );
}
