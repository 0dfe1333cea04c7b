/** A text file, read and ready to be sent. */
export interface TextFile {
  name: string;
  content: string;
}

export interface UnreadFile {
  file: string;
  message: string;
  fix: string;
}

/** Larger than any flow file or bundle the server takes; reading on would only hang the page. */
const LARGEST = 32 * 1024 * 1024;

/** Reads files as UTF-8 text, and says of each one that is not why it was left out. */
export async function readTexts(
  files: readonly File[],
): Promise<{ texts: TextFile[]; unread: UnreadFile[] }> {
  const texts: TextFile[] = [];
  const unread: UnreadFile[] = [];
  for (const file of files) {
    const name = file.webkitRelativePath || file.name;
    const read = await readText(file);
    if (typeof read === "string") texts.push({ name, content: read });
    else unread.push({ file: name, ...read });
  }
  return { texts, unread };
}

async function readText(file: File): Promise<string | { message: string; fix: string }> {
  if (file.size > LARGEST) {
    return {
      message: "The file is larger than 32 MiB.",
      fix: "A flow file has at most 4 MiB: is it the right one?",
    };
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch (error) {
    return error instanceof TypeError
      ? { message: "This is not UTF-8 text.", fix: "Flow files and bundles are JSON in UTF-8." }
      : {
          message: "The browser could not read the file.",
          fix: "Check that it still exists and may be read.",
        };
  }
}

/** The files of a drop. A folder counts as the JSON files in it, at any depth. */
export async function filesOfDrop(data: DataTransfer): Promise<File[]> {
  const plain = [...data.files];
  // Entries must be taken before the first await: a drop's data is emptied afterwards.
  const entries = [...(data.items ?? [])]
    .map((i) => i.webkitGetAsEntry?.())
    .filter((e) => e !== null && e !== undefined);
  if (!entries.some((e) => e.isDirectory)) return plain;
  const found = await Promise.all(entries.map((e) => filesOfEntry(e, true)));
  return found.flat();
}

async function filesOfEntry(entry: FileSystemEntry, named: boolean): Promise<File[]> {
  if (entry.isFile) {
    if (!named && !entry.name.endsWith(".json")) return [];
    return [await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return files;
    for (const e of some) files.push(...(await filesOfEntry(e, false)));
  }
}
