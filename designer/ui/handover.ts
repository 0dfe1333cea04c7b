let waiting: File[] = [];

/** Keeps dropped files while the page that takes them is opened. */
export function handOver(files: File[]): void {
  waiting = files;
}

/** Gives the files once. */
export function takeOver(): File[] {
  const files = waiting;
  waiting = [];
  return files;
}
