import { queryOptions } from "@tanstack/react-query";
import type { Case } from "./cases";
import { ApiError, call } from "./http";
import type { components } from "./schema.gen";
import type { List } from "./types";

/** The files of cases. */

export type CaseAttachment = components["schemas"]["CaseAttachment"];

export interface CaseAttachments extends List<CaseAttachment> {
  /** The most bytes of one file. */
  limit: number;
}

const pathOf = (ref: string, attachment?: string) =>
  `/cases/${encodeURIComponent(ref)}/attachments${attachment === undefined ? "" : `/${encodeURIComponent(attachment)}`}`;

/** Where a file is saved from. */
export const attachmentAddress = (ref: string, attachment: string) => `/api/v1${pathOf(ref, attachment)}`;

export const attachments = {
  list: (ref: string) => call<CaseAttachments>("GET", pathOf(ref)),
  remove: (ref: string, attachment: string) => call<Case>("DELETE", pathOf(ref, attachment)),
  upload,
};

export const attachmentsQuery = (ref: string, revision: number) =>
  queryOptions({
    queryKey: ["case-attachments", ref, revision],
    queryFn: () => attachments.list(ref),
    placeholderData: (before: CaseAttachments | undefined, query) =>
      query?.queryKey[1] === ref ? before : undefined,
  });

interface UploadOptions {
  /** Told how many bytes were sent. */
  onSent: (bytes: number) => void;
  signal: AbortSignal;
}

/** Sends a file and tells how far it is, which fetch can't. */
function upload(ref: string, file: File, { onSent, signal }: UploadOptions): Promise<CaseAttachment> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1${pathOf(ref)}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "text";
    request.upload.onprogress = (e) => onSent(e.loaded);
    request.onload = () => {
      const body = bodyOf(request.responseText);
      if (request.status === 201) done(body as unknown as CaseAttachment);
      else fail(new ApiError(request.status, request.statusText, String(body.detail ?? ""), body));
    };
    request.onerror = () =>
      fail(
        new ApiError(
          0,
          "The file could not be sent",
          "The connection broke, or the file can't be read any more; nothing of it was kept. Send it again.",
        ),
      );
    request.onabort = () => fail(new DOMException("The upload was stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function bodyOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { detail: text.slice(0, 200) };
  }
}
