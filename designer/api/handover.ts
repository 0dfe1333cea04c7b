/**
 * Files that were dropped on one page and belong to the import page. They can't travel in the address,
 * and a feature may not call another one, so they wait here for the next page.
 */
let waiting: File[] = [];

export function handOverFiles(files: File[]): void {
  waiting = files;
}

/** The files that wait; they are given away once. */
export function takeHandedFiles(): File[] {
  const files = waiting;
  waiting = [];
  return files;
}
