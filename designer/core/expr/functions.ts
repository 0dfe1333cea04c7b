/** What a value is, as far as functions care. */
export type ValueType = "string" | "list" | "object" | "number" | "bool" | "time" | "optional" | "null";

/** A function of the expressions. The Go package server/expr owns the list. */
export interface ExprFunction {
  /** hash.md5 is global with its namespace; a method's name stands alone. */
  name: string;
  /** How it is called, without its name: (text). */
  call: string;
  doc: string;
  /** Of methods: what they are called on. */
  on?: readonly ValueType[];
}

type Row = [name: string, call: string, doc: string];

const GLOBAL: Row[] = [
  ["hash.md5", "(x)", "MD5 of a text or bytes, in hexadecimal."],
  ["hash.sha1", "(x)", "SHA-1 of a text or bytes, in hexadecimal."],
  ["hash.sha256", "(x)", "SHA-256 of a text or bytes, in hexadecimal."],
  ["defang", "(text)", "Makes addresses harmless to click: hxxp, [.] and [@]."],
  ["refang", "(text)", "Undoes defang, and the other common ways of writing."],
  ["domain.registered", "(host)", "The registered part of a host: example.co.uk of mail.example.co.uk."],
  ["domain.ascii", "(host)", "The host in Punycode."],
  ["domain.unicode", "(host)", "The host as people read it."],
  ["domain.skeleton", "(name)", "What a name looks like: look-alikes give the same."],
  ["url.host", "(url)", "The lower-case host of a URL, without port and user."],
  ["text.distance", "(a, b)", "How many letters must change to turn one text into the other."],
  ["json.parse", "(text)", "The value that a JSON text holds."],
  ["json.format", "(value)", "A value as compact JSON text."],
  ["now", "()", "The time of this step; the same whenever the run is replayed."],
  ["ip", "(text)", "An IP address, to be tested by its methods."],
  ["isIP", "(text)", "Whether a text is an IP address."],
  ["cidr", "(text)", "A network such as 10.0.0.0/8, to be tested by its methods."],
  ["isCIDR", "(text)", "Whether a text is a network in CIDR notation."],
  ["size", "(x)", "Characters of a text, items of a list, keys of an object."],
  ["has", "(x.field)", "Whether a field is there."],
  ["type", "(x)", "The type of a value."],
  ["string", "(x)", "A value as text."],
  ["int", "(x)", "A number without its fraction, or the number that a text holds."],
  ["double", "(x)", "A number with fraction."],
  ["bool", "(text)", "true or false, of a text that says so."],
  ["bytes", "(text)", "A text as bytes."],
  ["timestamp", "(text)", "A point in time, of an RFC 3339 text."],
  ["duration", "(text)", "A span of time such as '90s' or '36h'."],
  ["math.greatest", "(a, b)", "The greatest of its arguments, or of a list."],
  ["math.least", "(a, b)", "The least of its arguments, or of a list."],
  ["math.ceil", "(x)", "The next whole number upwards."],
  ["math.floor", "(x)", "The next whole number downwards."],
  ["math.round", "(x)", "The nearest whole number."],
  ["math.trunc", "(x)", "The whole part of a number."],
  ["math.abs", "(x)", "The number without its sign."],
  ["math.sign", "(x)", "-1, 0 or 1."],
  ["math.sqrt", "(x)", "The square root."],
  ["lists.range", "(n)", "The numbers from 0 to n - 1."],
  ["sets.contains", "(list, part)", "Whether a list has all items of another."],
  ["sets.equivalent", "(a, b)", "Whether two lists have the same items."],
  ["sets.intersects", "(a, b)", "Whether two lists share an item."],
  ["regex.replace", "(text, pattern, by)", "Replaces what matches a pattern."],
  ["regex.extract", "(text, pattern)", "The first match, as an optional value."],
  ["regex.extractAll", "(text, pattern)", "All matches, as a list."],
  ["base64.encode", "(bytes)", "Bytes as base64 text."],
  ["base64.decode", "(text)", "The bytes of a base64 text."],
  ["optional.of", "(x)", "A value that is there, for functions that take optional ones."],
  ["optional.none", "()", "A value that is not there."],
  ["cel.bind", "(name, value, result)", "Gives a value a name, to be used in the result."],
];

const METHODS: Partial<Record<ValueType, Row[]>> = {
  string: [
    ["contains", "(part)", "Whether the text holds another."],
    ["startsWith", "(part)", "Whether the text begins with another."],
    ["endsWith", "(part)", "Whether the text ends with another."],
    ["matches", "(pattern)", "Whether a regular expression (RE2) matches anywhere in the text."],
    ["lowerAscii", "()", "The text with A to Z in lower case."],
    ["upperAscii", "()", "The text with a to z in upper case."],
    ["trim", "()", "The text without space at its ends."],
    ["split", "(separator)", "The parts between separators, as a list."],
    ["replace", "(old, by)", "The text with every occurrence replaced."],
    ["substring", "(from, to)", "The characters from one place to before another."],
    ["indexOf", "(part)", "Where another text first stands, or -1."],
    ["lastIndexOf", "(part)", "Where another text last stands, or -1."],
    ["charAt", "(index)", "The character at a place."],
    ["format", "(list)", "Puts values into the text: '%s: %d'.format([a, 1])."],
    ["reverse", "()", "The text back to front."],
    ["size", "()", "How many characters the text has."],
  ],
  list: [
    ["map", "(x, result)", "A list of a result for each item."],
    ["filter", "(x, test)", "The items for which a test holds."],
    ["exists", "(x, test)", "Whether a test holds for any item."],
    ["all", "(x, test)", "Whether a test holds for every item."],
    ["exists_one", "(x, test)", "Whether a test holds for exactly one item."],
    ["transformList", "(i, x, result)", "As map, with the index at hand."],
    ["join", "(separator)", "The texts of the list joined to one."],
    ["sum", "()", "The sum of the numbers of the list."],
    ["distinct", "()", "Each item once."],
    ["flatten", "()", "Lists within the list opened up."],
    ["sort", "()", "The items in order."],
    ["sortBy", "(x, key)", "The items in the order of a key."],
    ["slice", "(from, to)", "The items from one place to before another."],
    ["first", "()", "The first item, as an optional value."],
    ["last", "()", "The last item, as an optional value."],
    ["reverse", "()", "The items back to front."],
    ["size", "()", "How many items the list has."],
  ],
  object: [
    ["map", "(key, result)", "A list of a result for each key."],
    ["filter", "(key, test)", "The keys for which a test holds."],
    ["exists", "(key, test)", "Whether a test holds for any key."],
    ["all", "(key, test)", "Whether a test holds for every key."],
    ["transformMap", "(key, value, result)", "The object with each value replaced by a result."],
    ["size", "()", "How many keys the object has."],
  ],
  time: [
    ["getFullYear", "()", "The year."],
    ["getMonth", "()", "The month, from 0."],
    ["getDate", "()", "The day of the month, from 1."],
    ["getDayOfWeek", "()", "The day of the week, from 0 for Sunday."],
    ["getHours", "()", "The hour; of a span, all its hours."],
    ["getMinutes", "()", "The minute; of a span, all its minutes."],
    ["getSeconds", "()", "The second; of a span, all its seconds."],
  ],
  optional: [
    ["orValue", "(otherwise)", "The value, or another where it is not there."],
    ["hasValue", "()", "Whether it is there."],
    ["or", "(other)", "The first of two optional values that is there."],
    ["optMap", "(x, result)", "A result of the value where it is there."],
    ["value", "()", "The value; an error where it is not there."],
  ],
};

/** Known too, but of rare use, or met on values whose type says too little to offer them: ip(), cidr(). */
const OTHERS = [
  ...["containsIP", "containsCIDR", "family", "isCanonical", "isGlobalUnicast", "isLinkLocalMulticast"],
  ...["isLinkLocalUnicast", "isLoopback", "isMask", "isUnspecified", "masked", "prefixLength"],
  ...["existsOne", "transformMapEntry", "optFlatMap", "unwrap", "unwrapOpt", "quote", "dyn", "uint"],
  ...["hasAll", "hasAny", "hasExactly", "hasOnly", "getDayOfMonth", "getDayOfYear", "getMilliseconds"],
  ...["ofNonZeroValue", "isNaN", "isInf", "isFinite"],
  ...["bitOr", "bitAnd", "bitXor", "bitNot", "bitShiftLeft", "bitShiftRight"],
];

export const FUNCTIONS: readonly ExprFunction[] = GLOBAL.map(([name, call, doc]) => ({ name, call, doc }));

export const METHODS_OF: readonly ExprFunction[] = Object.entries(METHODS).flatMap(([type, rows]) =>
  rows.map(([name, call, doc]) => ({ name, call, doc, on: [type as ValueType] })),
);

/** hash, json, math and the like: names that only functions stand behind. */
export const NAMESPACES: ReadonlySet<string> = new Set(
  FUNCTIONS.flatMap((f) => (f.name.includes(".") ? [f.name.slice(0, f.name.indexOf("."))] : [])),
);

/** Every name that can be called, without its namespace. */
export const CALLABLE: ReadonlySet<string> = new Set([
  ...[...FUNCTIONS, ...METHODS_OF].map((f) => f.name.slice(f.name.indexOf(".") + 1)),
  ...OTHERS,
]);
