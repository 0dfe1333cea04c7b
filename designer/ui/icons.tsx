import {
  AlarmClock,
  Archive,
  BadgeCheck,
  Ban,
  Bell,
  Binary,
  Blocks,
  Box,
  Braces,
  Briefcase,
  Bug,
  Building2,
  Calendar,
  CircleHelp,
  ClipboardList,
  Clock,
  Cloud,
  Code,
  Cpu,
  Database,
  FileSearch,
  FileText,
  Fingerprint,
  Flame,
  GitBranch,
  Globe,
  HardDrive,
  Hash,
  Inbox,
  KeyRound,
  Link,
  ListFilter,
  Lock,
  LogIn,
  type LucideIcon,
  Mail,
  MailOpen,
  MailX,
  MessageSquare,
  Monitor,
  MousePointerClick,
  Network,
  OctagonX,
  Plug,
  Radar,
  RefreshCw,
  Repeat,
  Reply,
  ScanSearch,
  Search,
  Send,
  Server,
  Shield,
  ShieldAlert,
  Siren,
  Split,
  Stamp,
  StickyNote,
  Table,
  Tag,
  Terminal,
  Ticket,
  Timer,
  User,
  UserCheck,
  Users,
  Webhook,
  Workflow,
  Wrench,
} from "lucide-react";
import type { CSSProperties } from "react";

/** The icons that connectors may name; bundled one by one, so that the rest of lucide stays out. */
export const ICONS: Record<string, LucideIcon> = {
  "alarm-clock": AlarmClock,
  archive: Archive,
  "badge-check": BadgeCheck,
  ban: Ban,
  bell: Bell,
  binary: Binary,
  blocks: Blocks,
  box: Box,
  braces: Braces,
  briefcase: Briefcase,
  bug: Bug,
  "building-2": Building2,
  calendar: Calendar,
  "clipboard-list": ClipboardList,
  clock: Clock,
  cloud: Cloud,
  code: Code,
  cpu: Cpu,
  database: Database,
  "file-search": FileSearch,
  "file-text": FileText,
  fingerprint: Fingerprint,
  flame: Flame,
  globe: Globe,
  "git-branch": GitBranch,
  hash: Hash,
  "hard-drive": HardDrive,
  inbox: Inbox,
  "key-round": KeyRound,
  link: Link,
  "list-filter": ListFilter,
  lock: Lock,
  "log-in": LogIn,
  mail: Mail,
  "mail-open": MailOpen,
  "mail-x": MailX,
  "message-square": MessageSquare,
  monitor: Monitor,
  "mouse-pointer-click": MousePointerClick,
  network: Network,
  "octagon-x": OctagonX,
  plug: Plug,
  radar: Radar,
  repeat: Repeat,
  reply: Reply,
  "refresh-cw": RefreshCw,
  "user-check": UserCheck,
  "scan-search": ScanSearch,
  search: Search,
  send: Send,
  server: Server,
  shield: Shield,
  "shield-alert": ShieldAlert,
  siren: Siren,
  split: Split,
  stamp: Stamp,
  "sticky-note": StickyNote,
  table: Table,
  tag: Tag,
  terminal: Terminal,
  ticket: Ticket,
  timer: Timer,
  user: User,
  users: Users,
  webhook: Webhook,
  workflow: Workflow,
  wrench: Wrench,
};

const HUES: Record<string, number> = { trigger: 200, core: 262 };
/** Hues for connectors, apart enough from each other to be told at a glance. */
const WHEEL = [25, 150, 70, 320, 185, 105, 285, 45, 225, 345];

/** The hue of a type's tile: triggers and logic have their own, a connector's comes from its name. */
export function hueOf(type: string): number {
  const family = type.split(".")[0] ?? type;
  const known = HUES[family];
  if (known !== undefined) return known;
  let sum = 0;
  for (const c of family) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  return WHEEL[sum % WHEEL.length] ?? 230;
}

/** Two letters for a connector whose icon nobody knows; none where its name has no letters. */
function initialsOf(type: string): string | undefined {
  const words = (type.split(".")[0] ?? "").split(/[^\p{L}\p{N}]+/u).filter((w) => w !== "");
  const [first = "", second] = words;
  const letters = second === undefined ? first.slice(0, 2) : first.slice(0, 1) + second.slice(0, 1);
  return letters === "" ? undefined : letters.toUpperCase();
}

interface TileProps {
  type: string;
  icon: string | undefined;
  small?: boolean;
}

/** A type's picture on its coloured tile: a lucide icon, or a connector's own drawing as a mask. */
export function Tile({ type, icon, small = false }: TileProps) {
  const style = { "--hue": hueOf(type) } as CSSProperties;
  const className = small ? "tile tile-small" : "tile";
  if (icon?.trimStart().startsWith("<svg")) {
    const picture = { ...style, "--picture": `url("data:image/svg+xml,${encodeURIComponent(icon)}")` };
    return (
      <span className={className} style={picture as CSSProperties} aria-hidden>
        <span className="tile-picture" />
      </span>
    );
  }
  const Icon =
    icon === undefined
      ? CircleHelp
      : ((Object.hasOwn(ICONS, icon) ? ICONS[icon] : undefined) ??
        (initialsOf(type) === undefined ? Plug : undefined));
  if (Icon === undefined)
    return (
      <span className={className} style={style} aria-hidden data-initials>
        {initialsOf(type)}
      </span>
    );
  return (
    <span className={className} style={style} aria-hidden>
      <Icon size={small ? 16 : 19} strokeWidth={1.75} />
    </span>
  );
}
