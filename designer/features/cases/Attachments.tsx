import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, Plus, Trash2, X } from "lucide-react";
import { useState } from "react";
import { attachmentAddress, attachments, attachmentsQuery, type CaseAttachment } from "@/api/attachments";
import type { Case } from "@/api/cases";
import { TLPS, word } from "@/core/labels";
import { Button, IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Dialog } from "@/ui/Dialog";
import { download } from "@/ui/download";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { FileButton } from "@/ui/FileButton";
import { bytesText } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { toast } from "@/ui/Toasts";
import { useShowCase } from "./useCase";
import type { Upload, Uploads } from "./useUploads";

interface AttachmentsProps {
  item: Case;
  disabled: boolean;
  uploads: Uploads;
}

/** The files of a case. They are saved and never shown: they may be what the case is about. */
export function Attachments({ item, disabled, uploads }: AttachmentsProps) {
  const list = useQuery(attachmentsQuery(item.id, item.revision));
  const show = useShowCase();
  const [asked, setAsked] = useState<CaseAttachment>();
  const remove = useMutation({
    mutationFn: (a: CaseAttachment) => attachments.remove(item.id, a.id),
    onSuccess: show,
    onError: (error) => toast("fail", error.message),
  });
  const items = list.data?.items ?? [];
  return (
    <section className="card case-part" aria-labelledby="case-attachments">
      <header className="case-part-head">
        <h2 id="case-attachments">
          Attachments <span className="muted">{items.length}</span>
        </h2>
        {!disabled && (
          <FileButton small multiple field="attach-files" onFiles={uploads.add}>
            <Plus size={14} aria-hidden /> Add files
          </FileButton>
        )}
      </header>
      {list.isPending && <SkeletonRows rows={2} height={40} />}
      {list.isError && <ErrorView error={list.error} />}
      {list.data !== undefined && items.length === 0 && uploads.list.length === 0 && (
        <p className="muted case-none">
          {disabled
            ? "No files."
            : `No files yet: drop or paste them anywhere here, each of at most ${bytesText(list.data.limit)}.`}
        </p>
      )}
      <ul className="case-attachments">
        {items.map((a) => (
          <Attached key={a.id} item={item} file={a} {...(disabled ? {} : { onRemove: () => setAsked(a) })} />
        ))}
        {uploads.list.map((u) => (
          <OnItsWay key={u.key} upload={u} onDrop={() => uploads.drop(u.key)} />
        ))}
      </ul>
      <Dialog
        open={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={`Remove ${plainly(asked?.name ?? "")}?`}
        description="The timeline keeps who removed it, and its hash stays an artifact. What is in it goes once nothing refers to it any more."
        footer={
          <>
            <Button onClick={() => setAsked(undefined)}>Keep it</Button>
            <Button
              look="danger"
              onClick={() => {
                if (asked !== undefined) remove.mutate(asked);
                setAsked(undefined);
              }}
            >
              Remove it
            </Button>
          </>
        }
      >
        <p>
          {bytesText(asked?.size ?? 0)}, {asked?.type}
        </p>
      </Dialog>
    </section>
  );
}

interface AttachedProps {
  item: Case;
  file: CaseAttachment;
  onRemove?: () => void;
}

function Attached({ item, file, onRemove }: AttachedProps) {
  const name = plainly(file.name);
  const label = word(TLPS, item.tlp);
  return (
    <li>
      <div className="case-attachment">
        <strong className="case-attachment-name" title={name}>
          {name}
        </strong>
        <span className="muted">
          {bytesText(file.size)} · {file.type} · {plainly(file.addedBy.name)} <Ago at={file.addedAt} />
        </span>
        <span className="case-attachment-hash">
          <code className="muted" title={`SHA-256 ${file.sha256}`}>
            {file.sha256}
          </code>
          <CopyButton text={file.sha256} what={`SHA-256 of ${name}`} />
        </span>
      </div>
      <IconButton
        label={`Save ${name}, ${label}`}
        onClick={() => download(attachmentAddress(item.id, file.id))}
      >
        <Download size={14} aria-hidden />
      </IconButton>
      {onRemove !== undefined && (
        <IconButton label={`Remove ${name}`} onClick={onRemove}>
          <Trash2 size={14} aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function OnItsWay({ upload, onDrop }: { upload: Upload; onDrop: () => void }) {
  const name = plainly(upload.name);
  const failed = upload.error !== undefined;
  return (
    <li>
      <div className="case-attachment">
        <strong className="case-attachment-name">{name}</strong>
        {failed ? (
          <span className="field-error" role="alert">
            {upload.error}
          </span>
        ) : (
          <progress
            aria-label={`Sending ${name}`}
            max={Math.max(upload.size, 1)}
            value={upload.sent}
            className="case-progress"
          />
        )}
      </div>
      <IconButton label={failed ? `Forget ${name}` : `Stop sending ${name}`} onClick={onDrop}>
        <X size={14} aria-hidden />
      </IconButton>
    </li>
  );
}
