interface LiveBadgeProps {
  /** The newest published version; 0 is none. */
  version: number;
  halted: boolean;
  /** What is said where nothing is published. */
  none?: string;
}

/** Whether a flow is live: started by its triggers, taken off line, or never published. */
export function LiveBadge({ version, halted, none = "Not published" }: LiveBadgeProps) {
  if (version === 0)
    return (
      <span className="badge" data-testid="live-version">
        {none}
      </span>
    );
  return (
    <span
      className={halted ? "badge badge-wait" : "badge badge-accent"}
      data-testid="live-version"
      {...(halted ? { title: "None of its triggers starts anything" } : {})}
    >
      {halted ? `Off line · v${version}` : `Live · v${version}`}
    </span>
  );
}
