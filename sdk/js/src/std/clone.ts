/** A copy of a value with all it holds, cycles among it. Functions and symbols are refused. */
export function structuredClone<T>(value: T): T {
  return copy(value, new Map()) as T;
}

function copy(v: unknown, seen: Map<unknown, unknown>): unknown {
  if (typeof v === "function" || typeof v === "symbol") throw refused(String(v));
  if (typeof v !== "object" || v === null) return v;
  if (seen.has(v)) return seen.get(v);
  const keep = <C>(c: C): C => {
    seen.set(v, c);
    return c;
  };
  if (v instanceof Date) return keep(new Date(v.getTime()));
  if (v instanceof RegExp) return keep(new RegExp(v.source, v.flags));
  if (v instanceof ArrayBuffer) return keep(v.slice(0));
  if (ArrayBuffer.isView(v)) return keep(view(v, copy(v.buffer, seen) as ArrayBuffer));
  if (v instanceof Map) {
    const out = keep(new Map());
    for (const [k, x] of v) out.set(copy(k, seen), copy(x, seen));
    return out;
  }
  if (v instanceof Set) {
    const out = keep(new Set());
    for (const x of v) out.add(copy(x, seen));
    return out;
  }
  if (v instanceof Error) return keep(error(v));
  if (v instanceof Promise || v instanceof WeakMap || v instanceof WeakSet) throw refused(v.constructor.name);
  const out = keep(Array.isArray(v) ? new Array(v.length) : {}) as Record<string, unknown>;
  for (const k of Object.keys(v)) {
    const value = copy((v as Record<string, unknown>)[k], seen);
    Object.defineProperty(out, k, { value, writable: true, enumerable: true, configurable: true });
  }
  return out;
}

function view(v: ArrayBufferView, buffer: ArrayBuffer): ArrayBufferView {
  if (v instanceof DataView) return new DataView(buffer, v.byteOffset, v.byteLength);
  const of = v as Uint8Array;
  return new (of.constructor as Uint8ArrayConstructor)(buffer, of.byteOffset, of.length);
}

function error(v: Error): Error {
  const out = Object.create(Object.getPrototypeOf(v)) as Error;
  for (const k of ["name", "message", "stack"] as const) {
    Object.defineProperty(out, k, { value: v[k], writable: true, enumerable: false, configurable: true });
  }
  return out;
}

function refused(what: string): Error {
  return new DOMException(`structuredClone: ${what} can't be copied`, "DataCloneError");
}
