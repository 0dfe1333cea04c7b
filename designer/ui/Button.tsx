import type { ButtonHTMLAttributes, MouseEvent, ReactNode, Ref } from "react";
import { plainly } from "./Named";

type Look = "plain" | "primary" | "danger" | "danger-full" | "quiet";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  look?: Look;
  small?: boolean;
  /** What it began is under way: it does nothing, but keeps the focus, which a disabled button loses. */
  busy?: boolean;
}

/** A button with words. */
export function Button({
  look = "plain",
  small = false,
  busy = false,
  className = "",
  ...rest
}: ButtonProps) {
  const classes = ["btn", look !== "plain" && `btn-${look}`, small && "btn-small", className];
  const held = busy ? { "aria-disabled": true, onClick: (e: MouseEvent) => e.preventDefault() } : {};
  return <button type="button" className={classes.filter(Boolean).join(" ")} {...rest} {...held} />;
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does, for screen readers and as a tooltip. */
  label: string;
  children: ReactNode;
}

/** A button with an icon alone; its label is spoken and shown on hover. */
export function IconButton({ label, children, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`icon-btn ${className}`}
      aria-label={plainly(label)}
      title={plainly(label)}
      {...rest}
    >
      {children}
    </button>
  );
}
