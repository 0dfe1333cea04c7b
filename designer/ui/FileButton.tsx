import { type ComponentProps, useRef } from "react";
import { Button } from "./Button";

interface FileButtonProps extends Omit<ComponentProps<typeof Button>, "onClick" | "ref"> {
  /** What the browser offers to choose: endings and media types, as of an input's `accept`. */
  accept?: string;
  /** Whether several may be chosen at once. */
  multiple?: boolean;
  /** Names the field for tests, which fill it in as a browser's own dialog would. */
  field: string;
  onFiles: (files: File[]) => void;
}

/** A button that has files chosen. */
export function FileButton({ accept, multiple, field, onFiles, ...button }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={multiple}
        data-testid={field}
        onChange={(e) => {
          const chosen = [...(e.target.files ?? [])];
          // The same file may be chosen again after it was mended.
          e.target.value = "";
          if (chosen.length > 0) onFiles(chosen);
        }}
      />
      <Button {...button} onClick={() => input.current?.click()} />
    </>
  );
}
