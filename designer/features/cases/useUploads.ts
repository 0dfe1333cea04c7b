import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { attachments } from "@/api/attachments";
import { type Case, caseQuery } from "@/api/cases";
import { announce } from "@/ui/announce";

/** A file on its way to a case, or one that didn't get there. */
export interface Upload {
  key: number;
  name: string;
  size: number;
  sent: number;
  error?: string;
  stop: () => void;
}

export interface Uploads {
  list: Upload[];
  add: (files: Iterable<File>) => void;
  /** Stops a file that is on its way, and forgets one that failed. */
  drop: (key: number) => void;
}

let last = 0;

/** Sends files to a case, one after the other. They go on while other pages are looked at. */
export function useUploads(item: Case, name: string, disabled: boolean): Uploads {
  const [list, setList] = useState<Upload[]>([]);
  const queries = useQueryClient();
  const queue = useRef<Promise<void>>(Promise.resolve());
  const change = (key: number, to: Partial<Upload>) =>
    setList((all) => all.map((u) => (u.key === key ? { ...u, ...to } : u)));
  const forget = (key: number) => setList((all) => all.filter((u) => u.key !== key));
  const send = async (file: File, key: number, signal: AbortSignal) => {
    if (signal.aborted) return;
    try {
      const made = await attachments.upload(item.id, file, {
        signal,
        onSent: (sent) => change(key, { sent }),
      });
      forget(key);
      announce(`${made.name} is attached`);
      await queries.invalidateQueries({ queryKey: caseQuery(name).queryKey });
    } catch (error) {
      if (signal.aborted) return;
      change(key, { error: error instanceof Error ? error.message : String(error) });
      announce(`${file.name} was not attached`);
    }
  };
  const add = (files: Iterable<File>) => {
    for (const file of files) {
      const key = ++last;
      const control = new AbortController();
      const stop = () => control.abort();
      setList((all) => [...all, { key, name: file.name, size: file.size, sent: 0, stop }]);
      queue.current = queue.current.then(() => send(file, key, control.signal));
    }
  };
  usePastedFiles(disabled ? undefined : add);
  return {
    list,
    add,
    drop: (key) => {
      list.find((u) => u.key === key)?.stop();
      forget(key);
    },
  };
}

/** Takes files that are pasted anywhere on the page, such as a picture of the screen. */
function usePastedFiles(add: ((files: Iterable<File>) => void) | undefined): void {
  const latest = useRef(add);
  latest.current = add;
  useEffect(() => {
    const paste = (e: ClipboardEvent) => {
      const files = [...(e.clipboardData?.files ?? [])];
      if (files.length === 0 || latest.current === undefined) return;
      e.preventDefault();
      latest.current(files);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, []);
}
