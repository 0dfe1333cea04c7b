// The SDK: what `import … from "drawbridge"` gives. Made of src by test/declare.test.ts:
// npx vitest run --config sdk/js/vitest.config.ts -u
// biome-ignore-all lint/suspicious/noExplicitAny: what it is, the author knows
// biome-ignore-all lint/complexity/noUselessEmptyExport: it keeps from exporting all
declare module "drawbridge" {
  /** The codes that the SDK and the host give. A connector may add its own. */
  export type ErrorCode =
    | "bad_input"
    | "unavailable"
    | "rate_limited"
    | "denied"
    | "timeout"
    | "crashed"
    | "internal"
    | "too_large"
    | "unknown_action"
    | (string & {});
  /** One fault of the input, at its place: a JSON Pointer such as /links/3/url. */
  export interface Problem {
    pointer: string;
    message: string;
  }

  export interface ErrorOptions {
    retryable?: boolean;
    /** Seconds, or a duration such as "90s". */
    retryAfter?: number | string;
    details?: unknown;
  }
  /** An error that tells the engine what to do. Throw it from an action. */
  export class ActionError extends Error {
    readonly name = "ActionError";
    readonly code: ErrorCode;
    readonly retryable: boolean;
    readonly retryAfter: string | undefined;
    readonly details: unknown;
    constructor(code: ErrorCode, message: string, options?: ErrorOptions);
  }
  /** A field of the input is wrong, and retrying is no use. The pointer is "" for the whole. */
  export function badInput(pointer: string, message: string): ActionError;
  /** Several fields of the input are wrong. */
  export function badInputs(problems: Problem[]): ActionError;
  /** The other side did not answer or failed; the engine may try again by the node's retry rule. */
  export function unavailable(message: string): ActionError;
  /** The same call may succeed later: as unavailable, with a code of your own if you like. */
  export function retryable(message: string, code?: ErrorCode): ActionError;
  /** The engine waits at least so long (seconds, or a duration such as "90s") before it tries again. */
  export function backOff(after: number | string, message: string): ActionError;
  /** The other side asks for fewer calls: as backOff, with its own code. */
  export function rateLimited(after: number | string, message: string): ActionError;
  /** A credential or a capability is missing or refused. */
  export function denied(message: string): ActionError;
  /** A value is larger than the action can take. */
  export function tooLarge(message: string): ActionError;
  /** An error with a code of the connector's own, such as not_found, that a flow can branch on. */
  export function fail(code: string, message: string, details?: unknown): ActionError;
  /** A JSON Schema; T is the type of the values it describes, for TypeScript alone. */
  export type Schema<T = unknown> = JSONSchema & {
    readonly [type]?: T;
  };
  /** The type of the values that a schema describes. */
  export type Infer<S> = S extends Schema<infer T> ? T : unknown;

  export type JSONSchema = Record<string, unknown>;

  const type: unique symbol;

  const isOptional: unique symbol;
  /** The schema of a field that may be left out. */
  export type Optional<T> = Schema<T> & {
    readonly [isOptional]: true;
  };

  type Fields = Record<string, Schema<unknown>>;

  type OptionalKeys<F> = {
    [K in keyof F]: F[K] extends Optional<unknown> ? K : never;
  }[keyof F];

  type ObjectOf<F extends Fields> = {
    [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]>;
  } & {
    [K in OptionalKeys<F>]?: Infer<F[K]>;
  };
  /** A value that may be a blob: the text or base64, or a reference. Read it by ctx.blobs. */
  export type Stored =
    | string
    | {
        $blob: BlobReference;
      };

  export interface BlobReference {
    id: string;
    size: number;
    mediaType?: string;
  }
  /** What a helper takes beside: a description, or any keywords of JSON Schema. */
  type More = JSONSchema | string;
  /** Short ways to write schemas. A field with a default is optional by itself. */
  export const s: {
    string: (more?: More) => Schema<string>;
    number: (more?: More) => Schema<number>;
    integer: (more?: More) => Schema<number>;
    boolean: (more?: More) => Schema<boolean>;
    any: (more?: More) => Schema<unknown>;
    enum: <const V extends readonly string[]>(values: V, more?: More) => Schema<V[number]>;
    list: <S extends Schema<unknown>>(items: S, more?: More) => Schema<Infer<S>[]>;
    record: <S extends Schema<unknown>>(values: S, more?: More) => Schema<Record<string, Infer<S>>>;
    /** Text that may be large, so that it may come as a blob. */
    text: (mediaType?: string, more?: More) => Schema<Stored>;
    /** Bytes that may be large: base64, or a blob. */
    bytes: (mediaType?: string, more?: More) => Schema<Stored>;
    /** Marks a field that may be left out. */
    optional: <S extends Schema<unknown>>(schema: S) => Optional<Infer<S>>;
    /** An object with these fields and no others. */
    object: <F extends Fields>(fields: F, more?: More) => Schema<ObjectOf<F>>;
  };
  /** Large values, which travel as references: {"$blob": {"id", "size"}}. */
  export interface Blobs {
    /** The text of a field made by s.text, whether it came inline or as a blob. */
    text(value: Stored, limit?: number): string;
    /** The bytes of a field made by s.bytes, whether they came as base64 or as a blob. */
    bytes(value: Stored, limit?: number): Uint8Array;
    /** The size in bytes, as far as it is known without reading. */
    size(value: Stored): number;
    /** The bytes piece by piece, for what is too large for the memory. */
    pieces(value: Stored): Iterable<Uint8Array>;
    /** Keeps a value and answers its reference, for an output. */
    write(
      data: string | Uint8Array | Iterable<string | Uint8Array>,
      mediaType?: string,
    ): {
      $blob: BlobReference;
    };
    /** As write, but a small text stays a string, and small bytes become base64. */
    store(data: string | Uint8Array, mediaType?: string): Stored;
  }
  /** Values of the connector's own, kept between calls: keys of 256 bytes, values of 64 KiB. */
  export interface KV {
    get(key: string): string | undefined;
    put(key: string, value: string): void;
    delete(key: string): void;
  }
  /** A request, as the host function http takes it. The body is one of the three, or none. */
  export interface HTTPRequest {
    method?: string;
    url: string;
    headers?: Record<string, string | string[]>;
    body?: string;
    bodyBase64?: string;
    /** The id of a blob. */
    bodyBlob?: string;
    /** ctx.credential.handle, for the host to put the credential in. */
    credential?: string;
    /** A duration such as "10s"; what is left of the call's if it is left out. */
    timeout?: string;
    redirect?: "follow" | "manual";
  }
  /** A response of any status. */
  export interface HTTPResponse {
    readonly status: number;
    readonly ok: boolean;
    /** Names in lower case; of several values the first. */
    readonly headers: Readonly<Record<string, string>>;
    /** After redirects. */
    readonly url: string;
    text(): string;
    /** The body read as JSON; what isn't any is thrown as bad_answer. */
    json(): any;
    bytes(): Uint8Array;
    /** This response, unless its status is 400 or more: that throws the error that tells the engine what to do. */
    orThrow(): HTTPResponse;
  }
  /** What fetch takes beside the address. */
  export interface FetchInit {
    method?: string;
    headers?: HeadersInit;
    body?: string | Uint8Array | ArrayBuffer | URLSearchParams | null;
    redirect?: "follow" | "manual";
    signal?: AbortSignal | null;
    /** A duration such as "10s". */
    timeout?: string;
    /** false keeps ctx.fetch from sending the call's credential. */
    credential?: boolean;
  }
  /** A stream to another system, which the host opened: by TLS, unless an unencrypted one was granted. */
  export interface Conn {
    /** Waits for something and answers it, at most 64 KiB; undefined at the end. */
    read(most?: number, timeout?: string): Uint8Array | undefined;
    /** Writes all of it; a text in UTF-8. */
    write(data: Uint8Array | string, timeout?: string): void;
    close(): void;
  }
  /** Streams to hosts and ports that capabilities.net names. */
  export interface Net {
    /** Opens a stream; timeout is a duration such as "5s". At most 4 are open at once. */
    open(host: string, port: number, timeout?: string): Conn;
  }
  /** A message that is sent to somebody. */
  export interface Webhook {
    scheme: "standard-webhooks" | "slack-v0";
    /** Of standard-webhooks: letters, digits, _ and -. */
    id?: string;
    body?: string;
    bodyBase64?: string;
    /** The id of a blob. */
    bodyBlob?: string;
  }
  /** A request that is then sent with the headers; the connector must be granted it. */
  export interface Signable {
    scheme: "duo-v2" | "duo-v5" | "akamai-edgegrid" | "threatconnect";
    method?: string;
    url: string;
    body?: string;
    bodyBase64?: string;
    /** The id of a blob. */
    bodyBlob?: string;
  }
  /** A request that a token (JWT) is made for; the connector must be granted it. */
  export interface TokenRequest {
    scheme: "jwt";
    method?: string;
    /** Without a query: whom the token is for. */
    url: string;
    /** Of those that the credential's type declares. */
    claims?: Record<string, unknown>;
  }
  /** A renewal of a certificate at step-ca. */
  export interface Renewal {
    scheme: "step-ca-renew";
    method?: string;
    url: string;
    /** PEM: the certificate, and those above it. */
    certificate: string;
  }
  /** What the host signs. */
  export type Signed = Webhook | Signable | TokenRequest | Renewal;
  /** What the host signed with the call's credential. */
  export interface Signature {
    /** They go with what was signed, as they are. */
    readonly headers: Readonly<Record<string, string>>;
    /** The part of them that was computed. */
    readonly signature: string;
    /** The host's time, which was signed, in seconds since 1970. */
    readonly timestamp: number;
  }
  /** Where an action is running. */
  export interface Run {
    readonly id: string;
    readonly step: string;
    /** Counts from 1. */
    readonly attempt: number;
    /** The idempotency key: the same on every attempt of one step. */
    readonly key: string;
    /** Whether the action must change nothing. */
    readonly dryRun?: boolean;
  }
  /** What a connector learns of a credential: a handle, and the fields that aren't secret. */
  export interface Credential {
    readonly handle: string;
    readonly fields: Readonly<Record<string, string>>;
  }

  export type Log = Record<"debug" | "info" | "warn" | "error", (...what: unknown[]) => void>;
  /** What an action knows of its call, and its way to the host. */
  export interface Context {
    readonly run: Run;
    readonly config: unknown;
    /** undefined where the node names none. */
    readonly credential: Credential | undefined;
    /** Lines that are kept with the step. */
    readonly log: Log;
    /** Tells the person who watches the run what is going on. */
    progress(line: string): void;
    /** The host's clock, which a replay sees again. */
    now(): Date;
    /** Random bytes from the host, at most 64 KiB in one call of an action. */
    random(count: number): Uint8Array;
    /** Sends a request and waits. Throws where there is no response; any status is one. */
    http(request: HTTPRequest | string): HTTPResponse;
    /** As the global fetch, with the call's credential unless init says credential: false. */
    fetch(url: string | URL, init?: FetchInit): Promise<Response>;
    readonly blobs: Blobs;
    readonly kv: KV;
    readonly net: Net;
    /** Has the host sign with the call's credential, by a scheme that its type declares. */
    sign(what: Signed): Signature;
  }
  /** What an action may do to the world: compute only, ask, change, change in a way that hurts if wrong. */
  export type Effect = "none" | "read" | "write" | "destructive";
  /** One call of an action with what it answers. Examples are tests. */
  export interface Example {
    name: string;
    input: unknown;
    /** Every field of it must be in the real answer. */
    output?: unknown;
    error?: {
      code?: string;
      message?: string;
      retryable?: boolean;
    };
  }
  /** One thing that a connector can do. */
  export interface Action<In = any, Out = any> {
    name: string;
    description: string;
    /** A JSON Schema of an object, by hand or of s.object. */
    input: Schema<In>;
    output: Schema<Out>;
    /** none if it is left out. */
    effect?: Effect;
    /** Whether the same key twice has the effect once. */
    idempotent?: boolean;
    /** The action that undoes this one. */
    inverse?: string;
    /** The most that one call may last: a duration such as "20s"; 30s if it is left out. */
    timeout?: string;
    /** Memory in pages of 64 KiB: 384 if it is left out, at most 1024. */
    memoryPages?: number;
    examples?: Example[];
    run(input: In, ctx: Context): Out | Promise<Out>;
  }

  export interface Capabilities {
    /** Requests go to a path and what lies beneath it; to every path without a pathPrefix. */
    http?: {
      host: string;
      methods: string[];
      pathPrefix?: string;
      reason: string;
    }[];
    net?: {
      host: string;
      port: number;
      tls: boolean;
      reason: string;
    }[];
    kv?: boolean;
  }

  export interface CredentialOf {
    /** CONNECTOR.NAME */
    type: string;
    fields: JSONSchema;
    apply:
      | "bearer"
      | "basic"
      | "header"
      | "query"
      | "form"
      | "sigv4"
      | "oauth2ClientCredentials"
      | "mtls"
      | "none";
    /** The header or query parameter, and what is put there. */
    name?: string;
    value?: string;
    /** Schemes that ctx.sign may use it for; apply is none where it goes into no request. */
    sign?: Signed["scheme"][];
    /** What the connector may say in tokens of the scheme jwt, such as sub. */
    claims?: string[];
  }

  export interface Connector {
    id: string;
    version: string;
    name: string;
    description: string;
    icon?: string;
    category?: string;
    publisher?: string;
    license?: string;
    credentials?: CredentialOf[];
    capabilities?: Capabilities;
    actions: Record<string, Action>;
  }
  /** Declares a connector: export default connector({…}), or a list of them. */
  export function connector<C extends Connector>(declared: C): C;
  /** Declares an action, so that TypeScript knows the input and output of run by their schemas. */
  export function action<In, Out>(declared: Action<In, Out>): Action<In, Out>;

  export type Algorithm = "md5" | "sha1" | "sha256" | "sha384" | "sha512";
  /** The digest of bytes, or of the UTF-8 of a text. */
  export function hash(algorithm: Algorithm, data: Uint8Array | string): Uint8Array;
  /** The HMAC of bytes, or of the UTF-8 of a text. */
  export function hmac(algorithm: Algorithm, key: Uint8Array | string, data: Uint8Array | string): Uint8Array;
  /** Bytes in lower-case hex. */
  export function hex(bytes: Uint8Array): string;
  export {};
}
