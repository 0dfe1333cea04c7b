import { useEffect, useRef } from "react";

/** Something that can be done now, by name: the command menu lists it. */
export interface UiCommand {
  id: string;
  name: string;
  /** The heading under which it stands, such as Canvas or Run. */
  group: string;
  /** Its keys as people write them, such as "Ctrl Z". */
  keys?: string;
  /** What it is about, in grey behind the name. */
  hint?: string;
  /** Other words that people type for it. */
  words?: string;
  run: () => void;
}

const providers = new Set<() => UiCommand[]>();

/** All commands of what is on the screen, as things stand now. */
export function commandsNow(): UiCommand[] {
  return [...providers].flatMap((list) => list());
}

/** Offers commands while a component is there. They are listed anew whenever the menu is opened. */
export function useCommands(list: () => UiCommand[]): void {
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => {
    const provider = () => latest.current();
    providers.add(provider);
    return () => {
      providers.delete(provider);
    };
  }, []);
}
