import { useEffect, useState } from "react";

const PAUSE_MS = 150;

/** A value that follows once it has rested a moment, so that typing does not ask the server at every key. */
export function useDebounced<T>(value: T): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
