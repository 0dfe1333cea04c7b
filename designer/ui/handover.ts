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

let wanted: { flow: string; sample: string } | undefined;

/** Says which sample the editor of a flow is to begin with. */
export function handSample(flow: string, sample: string): void {
  wanted = { flow, sample };
}

/** Gives its name once. */
export function takeSample(flow: string): string | undefined {
  if (wanted?.flow !== flow) return undefined;
  const { sample } = wanted;
  wanted = undefined;
  return sample;
}
