type Listener = () => void;

/** A signal that a fetch looks at before it sends: requests end before a signal could come. */
export class AbortSignalImpl {
  aborted = false;
  reason: unknown;
  onabort: Listener | null = null;
  #listeners = new Set<Listener>();

  static abort(reason?: unknown): AbortSignalImpl {
    const signal = new AbortSignalImpl();
    signal.raise(reason);
    return signal;
  }

  addEventListener(event: string, listener: Listener): void {
    if (event === "abort") this.#listeners.add(listener);
  }

  removeEventListener(_event: string, listener: Listener): void {
    this.#listeners.delete(listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  raise(reason: unknown = new DOMException("the operation was aborted", "AbortError")): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.onabort?.();
    for (const listener of this.#listeners) listener();
  }
}

export class AbortControllerImpl {
  readonly signal = new AbortSignalImpl();

  abort(reason?: unknown): void {
    this.signal.raise(reason);
  }
}
