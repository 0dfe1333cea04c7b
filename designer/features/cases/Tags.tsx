import { type KeyboardEvent, useState } from "react";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";

export interface TagsProps {
  /** Of the box that takes another one. */
  id: string;
  /** Of what describes the box. */
  below?: string | undefined;
  tags: readonly string[];
  disabled?: boolean;
  onChange: (tags: string[]) => void;
}

/** Tags one beside the other, and a box that takes another one. */
export function Tags({ id, below, tags, disabled, onChange }: TagsProps) {
  const [text, setText] = useState("");
  const add = () => {
    const tag = text.trim();
    if (tag === "") return;
    if (tag.includes(",")) {
      toast("fail", "A tag has no comma: add one after the other.");
      return;
    }
    if (!tags.includes(tag)) onChange([...tags, tag]);
    setText("");
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === "Enter" && text.trim() !== "") add();
    else if (e.key === "Backspace" && !e.repeat && text === "" && tags.length > 0)
      onChange(tags.slice(0, -1));
    else return;
    e.preventDefault();
  };
  return (
    <div className="case-tags">
      {tags.map((tag) => (
        <span key={tag} className="chip case-tag">
          {plainly(tag)}
          {!disabled && (
            <button
              type="button"
              aria-label={`Take the tag ${tag} away`}
              onClick={(e) => {
                const box = e.currentTarget.closest(".case-tags")?.querySelector("input");
                onChange(tags.filter((t) => t !== tag));
                box?.focus();
              }}
            >
              ×
            </button>
          )}
        </span>
      ))}
      {!disabled && (
        <input
          id={id}
          aria-describedby={below}
          className="input"
          placeholder="Add a tag"
          value={text}
          maxLength={60}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={keys}
          onBlur={add}
        />
      )}
    </div>
  );
}
