import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { changeText } from "./words";

/** The lists that numbers lead to. */
type ListPath = "/runs" | "/alerts" | "/cases" | "/inbox";

export interface To {
  to: ListPath;
  search: Record<string, string>;
}

interface FigureProps {
  label: string;
  value: string;
  /** The list of what it counts; none where there is nothing to count. */
  list: To | undefined;
  /** Its number and that of the time before; rising is good, bad or neither. */
  trend?: { now: number; before: number; rising: "good" | "bad" | "neither" };
  children?: ReactNode;
}

/** One number with what it means: the number leads to its list. */
export function Figure({ label, value, list, trend, children }: FigureProps) {
  return (
    <div className="dash-figure" data-testid={`figure-${label}`}>
      <span className="dash-label">{label}</span>
      {list === undefined ? (
        <span className="dash-value">{value}</span>
      ) : (
        <ListLink {...list} className="dash-value" label={`${label}: ${value}. Show the list`}>
          {value}
        </ListLink>
      )}
      {trend !== undefined && <Trend {...trend} />}
      {children !== undefined && <span className="dash-note">{children}</span>}
    </div>
  );
}

interface ListLinkProps extends To {
  className?: string;
  label?: string;
  children: ReactNode;
}

/** A link to a list with filters. */
export function ListLink({ to, search, className = "dash-link", label, children }: ListLinkProps) {
  return (
    <Link to={to} search={search} className={className} {...(label ? { "aria-label": label } : {})}>
      {children}
    </Link>
  );
}

function Trend({ now, before, rising }: { now: number; before: number; rising: string }) {
  const text = changeText(now, before);
  if (text === undefined) return null;
  const better = rising === "neither" || now === before ? undefined : now > before === (rising === "good");
  return (
    <span className="dash-trend" data-better={better}>
      {text}
      {text !== "as before" && <span className="muted"> to the time before</span>}
    </span>
  );
}
