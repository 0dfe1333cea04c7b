package cases

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Bounds of what is attached. How large one file may be is the server's to say.
const (
	MaxAttachments = 500 // of one case
	MaxFileName    = 200 // characters
	// filesOfLimit is how many files of the largest size a case holds in all.
	filesOfLimit = 10
	// headSize is how many bytes of a file tell its type.
	headSize = 3072
)

// DefaultFileLimit is how many bytes a file has at most unless a server is told.
const DefaultFileLimit = 100 << 20

// Errors of attachments.
var (
	ErrNoAttachment = errors.New("the case has no such attachment")
	ErrBroken       = errors.New("the file did not arrive whole, and nothing of it was kept: send it again")
)

// TooLargeError says that a file has more bytes than are taken.
type TooLargeError struct{ Limit int64 }

// Error implements the error interface.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the file has more than %s, which is the most that is taken here: nothing of it was kept. Whoever runs the server raises the limit with --attachment-limit or DRAWBRIDGE_ATTACHMENT_LIMIT", sizeText(e.Limit))
}

func sizeText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d %s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// Attachment is a file of a case. What is in it is never looked into here beyond its
// first bytes: it may be what the case is about.
type Attachment struct {
	// ID is made of content and name, so that the same is attached once.
	ID string
	// SHA256 is that of the content, in lower-case hexadecimal digits, by which it is kept.
	SHA256 string
	Name   string
	Size   int64 // bytes
	// Type is the media type that its first bytes tell; they may lie.
	Type    string
	Added   time.Time
	AddedBy Actor
}

// Files keeps what is in attachments, the same once, by its SHA-256.
type Files interface {
	// Create begins to keep a file.
	Create(ctx context.Context) (FileWriter, error)
	// Open opens one that is kept, and gives its size; [ErrNoAttachment] where there is none.
	Open(ctx context.Context, sha256 string) (io.ReadCloser, int64, error)
	// Renew has one that is kept stay as long as one that comes now, whatever else goes;
	// [ErrNoAttachment] where there is none.
	Renew(ctx context.Context, sha256 string) error
}

// FileWriter takes the bytes of a file. Commit or Discard ends it.
type FileWriter interface {
	io.Writer
	// Commit makes the file durable, and gives its SHA-256 and size.
	Commit() (sha256 string, size int64, err error)
	// Discard removes what was written.
	Discard() error
}

// KeepFiles says where files are kept, and how many bytes one may have; 0 is
// [DefaultFileLimit].
func (s *Service) KeepFiles(f Files, limit int64) {
	if limit == 0 {
		limit = DefaultFileLimit
	}
	s.files, s.fileLimit = f, limit
}

// FileLimit is how many bytes a file has at most.
func (s *Service) FileLimit() int64 { return s.fileLimit }

// Upload is a file that is attached.
type Upload struct {
	Name string
	// Size is how many bytes are said to come; -1 where nobody says.
	Size    int64
	Content io.Reader
}

// Attach keeps a file with a case, and its SHA-256 as an artifact. It is read once and
// never whole in memory. Where anything goes wrong, nothing of it is kept. The same
// content under the same name is attached once.
func (s *Service) Attach(ctx context.Context, by Actor, ref, key string, u Upload) (Case, Attachment, error) {
	name, err := FileName(u.Name)
	if err != nil {
		return Case{}, Attachment{}, err
	}
	if u.Size > s.fileLimit {
		return Case{}, Attachment{}, &TooLargeError{s.fileLimit}
	}
	a, err := s.keep(ctx, ref, &u)
	if err != nil {
		return Case{}, Attachment{}, err
	}
	a.Name, a.ID = name, Key(a.SHA256, name)
	return s.attach(ctx, by, ref, key, a)
}

// AttachKept attaches what is kept already, as a flow's step hands it on.
func (s *Service) AttachKept(ctx context.Context, by Actor, ref, key, name, sha256 string) (Case, Attachment, error) {
	name, err := FileName(name)
	if err != nil {
		return Case{}, Attachment{}, err
	}
	// What nothing names any more may go at any time, between here and the row that names it.
	if err := s.files.Renew(ctx, sha256); err != nil {
		return Case{}, Attachment{}, err
	}
	f, size, err := s.files.Open(ctx, sha256)
	if err != nil {
		return Case{}, Attachment{}, err
	}
	defer f.Close() //nolint:errcheck // read only
	if size > s.fileLimit {
		return Case{}, Attachment{}, &TooLargeError{s.fileLimit}
	}
	head := make([]byte, headSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Case{}, Attachment{}, err
	}
	return s.attach(ctx, by, ref, key, Attachment{ID: Key(sha256, name), SHA256: sha256, Name: name, Size: size, Type: FileType(head[:n])})
}

// takesFile says before a file of a size is kept why a case takes none, or for how many
// bytes it has room.
func (s *Service) takesFile(ctx context.Context, ref string, size int64) (room int64, err error) {
	c, err := s.Case(ctx, ref)
	if err != nil {
		return 0, err
	}
	if c.MergedInto != "" {
		return 0, ErrMerged
	}
	has, err := s.Attachments(ctx, c.ID)
	if err != nil {
		return 0, err
	}
	return s.room(has, size)
}

// room says for how many bytes a case that has some files has room, or why it takes no
// further one of a size.
func (s *Service) room(has []Attachment, size int64) (int64, error) {
	if len(has) >= MaxAttachments {
		return 0, &FieldError{"file", fmt.Sprintf("a case has at most %d attachments", MaxAttachments), "remove some, or pack several into an archive"}
	}
	left := s.fileLimit * filesOfLimit
	for i := range has {
		left -= has[i].Size
	}
	if size > left {
		return 0, s.full()
	}
	return left, nil
}

func (s *Service) full() error {
	most := sizeText(s.fileLimit * filesOfLimit)
	return &FieldError{"file", fmt.Sprintf("the attachments of a case have at most %s in all", most), "remove some; whoever runs the server raises the limit with --attachment-limit"}
}

// keep reads a file to its end, and no more of it than its case has room for: who tells no
// size, or a wrong one, fills no disk.
func (s *Service) keep(ctx context.Context, ref string, u *Upload) (Attachment, error) {
	room, err := s.takesFile(ctx, ref, max(u.Size, 0))
	if err != nil {
		return Attachment{}, err
	}
	w, err := s.files.Create(ctx)
	if err != nil {
		return Attachment{}, err
	}
	head := headOf{FileWriter: w}
	n, err := io.Copy(&head, io.LimitReader(u.Content, min(s.fileLimit, room)+1))
	switch {
	case err == nil && n > s.fileLimit:
		err = &TooLargeError{s.fileLimit}
	case err != nil && head.failed == nil, err == nil && u.Size >= 0 && n != u.Size:
		err = errors.Join(ErrBroken, err)
	case err == nil && n > room:
		err = s.full()
	case err == nil: // others may have filled the case meanwhile
		_, err = s.takesFile(ctx, ref, n)
	}
	if err != nil {
		return Attachment{}, errors.Join(err, w.Discard())
	}
	sha256, size, err := w.Commit()
	return Attachment{SHA256: sha256, Size: size, Type: FileType(head.head)}, err
}

// headOf remembers the first bytes that are written, and why some could not be.
type headOf struct {
	FileWriter
	head   []byte
	failed error
}

// Write implements [io.Writer].
func (h *headOf) Write(p []byte) (int, error) {
	if room := headSize - len(h.head); room > 0 {
		h.head = append(h.head, p[:min(room, len(p))]...)
	}
	n, err := h.FileWriter.Write(p)
	h.failed = err
	return n, err
}

func (s *Service) attach(ctx context.Context, by Actor, ref, key string, a Attachment) (Case, Attachment, error) {
	c, err := s.change(ctx, by, ref, key, func(w *Work) error {
		has, err := w.HasAttachments()
		if err != nil {
			return err
		}
		for i := range has {
			if has[i].ID == a.ID {
				a = has[i]
				return nil
			}
		}
		if _, err := s.room(has, a.Size); err != nil {
			return err
		}
		a.Added, a.AddedBy = w.At, w.By
		w.attach(a)
		return w.observeFile(&a)
	})
	return c, a, err
}

// attach adds a file, and tells of it.
func (w *Work) attach(a Attachment) {
	w.Attached = append(w.Attached, a)
	w.grow()
	w.tell(EntryAttached, told(&a))
	w.happened(eventUpdated)
}

func told(a *Attachment) map[string]any {
	return map[string]any{"attachment": a.ID, "name": a.Name, "size": a.Size, "type": a.Type, "sha256": a.SHA256}
}

// observeFile makes an artifact of a file's SHA-256, by which cases with the same file
// find each other. A case that has room for no more goes without.
func (w *Work) observeFile(a *Attachment) error {
	has, err := w.HasArtifacts()
	if err != nil || len(has) >= MaxArtifacts {
		return err
	}
	known := byKey(has)
	if known[[2]string{TypeHash, a.SHA256}] != nil {
		return nil
	}
	return w.observe(Artifact{Type: TypeHash, Value: a.SHA256, Score: NoScore, Note: a.Name}, known)
}

// Detach takes a file away from a case. Its SHA-256 stays an artifact; what was in it goes
// once nothing refers to it any more.
func (s *Service) Detach(ctx context.Context, by Actor, ref, id string) (Case, error) {
	return s.change(ctx, by, ref, "", func(w *Work) error {
		has, err := w.HasAttachments()
		if err != nil {
			return err
		}
		for i := range has {
			if has[i].ID == id {
				w.Detached = append(w.Detached, id)
				w.grow()
				w.tell(EntryDetached, told(&has[i]))
				w.happened(eventUpdated)
			}
		}
		return nil // where somebody else took it away first
	})
}

// carry has the files of a case that is merged go over to another, with who added them.
func carry(a, b *Work) error {
	of, err := a.HasAttachments()
	if err != nil {
		return err
	}
	has, err := b.HasAttachments()
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(has))
	for i := range has {
		known[has[i].ID] = true
	}
	for i := range of {
		if !known[of[i].ID] {
			b.attach(of[i])
		}
	}
	return nil
}

// Attachment gives a file of a case.
func (s *Service) Attachment(ctx context.Context, ref, id string) (Attachment, error) {
	c, err := s.Case(ctx, ref)
	if err != nil {
		return Attachment{}, err
	}
	list, err := s.Attachments(ctx, c.ID)
	if err != nil {
		return Attachment{}, err
	}
	for i := range list {
		if list[i].ID == id {
			return list[i], nil
		}
	}
	return Attachment{}, ErrNoAttachment
}

// OpenFile opens what is in a file of a case.
func (s *Service) OpenFile(ctx context.Context, a *Attachment) (io.ReadCloser, error) {
	f, _, err := s.files.Open(ctx, a.SHA256)
	return f, err
}
