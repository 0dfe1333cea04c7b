/** A range of addresses: the first one, and how many bits of it are fixed. */
interface Range {
  bits: number;
  first: bigint;
  /** 4 or 6. */
  family: number;
}

/** Reads 10.20.0.0/16 or fd00::/8; undefined where it is none, or not written with its first address. */
export function rangeOf(cidr: string): Range | undefined {
  const [address = "", length = "", more] = cidr.trim().split("/");
  const family = address.includes(":") ? 6 : 4;
  const width = family === 6 ? 128 : 32;
  const first = family === 6 ? read6(address) : read4(address);
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (more !== undefined || first === undefined || bits < 0 || bits > width) return undefined;
  const rest = BigInt(width - bits);
  if (first !== (first >> rest) << rest) return undefined;
  return { bits, first, family };
}

function read4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((p) => /^(?:0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256))
    return undefined;
  return parts.reduce((sum, p) => (sum << 8n) | BigInt(p), 0n);
}

function read6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined) => (half === undefined || half === "" ? [] : half.split(":"));
  const [head, tail] = [groups(halves[0]), groups(halves[1])];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!all.every((g) => /^[0-9a-f]{1,4}$/i.test(g))) return undefined;
  return all.reduce((sum, g) => (sum << 16n) | BigInt(`0x${g}`), 0n);
}

/** What lies at addresses that are not the public internet, the gravest first. */
const SPECIAL: [cidr: string, warning: string][] = [
  [
    "169.254.169.254/32",
    "holds the metadata service of clouds, which gives out the machine's own credentials",
  ],
  [
    "fd00:ec2::254/128",
    "holds the metadata service of clouds, which gives out the machine's own credentials",
  ],
  [
    "100.100.100.200/32",
    "holds the metadata service of clouds, which gives out the machine's own credentials",
  ],
  ["127.0.0.0/8", "is this machine itself: the server, its database and whatever else listens only here"],
  ["::1/128", "is this machine itself: the server, its database and whatever else listens only here"],
  ["169.254.0.0/16", "is link-local: machines on the same wire, and what configures them"],
  ["fe80::/10", "is link-local: machines on the same wire, and what configures them"],
];

/** Why a network should not be granted lightly; undefined where nothing speaks against it. */
export function networkWarning(cidr: string): string | undefined {
  const range = rangeOf(cidr);
  if (range === undefined) return undefined;
  if (range.bits === 0) return "is every address there is, this machine and the clouds' metadata included";
  return SPECIAL.find(([special]) => overlap(range, rangeOf(special)))?.[1];
}

function overlap(a: Range, b: Range | undefined): boolean {
  if (b === undefined || a.family !== b.family) return false;
  const width = a.family === 6 ? 128 : 32;
  const rest = BigInt(width - Math.min(a.bits, b.bits));
  return a.first >> rest === b.first >> rest;
}
