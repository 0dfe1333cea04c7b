import type { ButtonHTMLAttributes, ReactNode } from "react";

type Look = "plain" | "primary" | "danger" | "danger-full" | "quiet";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  small?: boolean;
}

/** A button with words. */
export function Button({ look = "plain", small = false, className = "", ...rest }: ButtonProps) {
  const classes = ["btn", look !== "plain" && `btn-${look}`, small && "btn-small", className];
  return <button type="button" className={classes.filter(Boolean).join(" ")} {...rest} />;
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does, for screen readers and as a tooltip. */
  label: string;
  children: ReactNode;
}

/** A button with an icon alone; its label is spoken and shown on hover. */
export function IconButton({ label, children, className = "", ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`icon-btn ${className}`} aria-label={label} title={label} {...rest}>
      {children}
    </button>
  );
}
