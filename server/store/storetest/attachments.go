package storetest

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

func attached(t *testing.T, w *cases.Service, ref, name, content string) cases.Attachment {
	t.Helper()
	_, a, err := w.Attach(t.Context(), analyst, ref, "", cases.Upload{Name: name, Size: int64(len(content)), Content: strings.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func contentOf(t *testing.T, w *cases.Service, a cases.Attachment) string {
	t.Helper()
	f, err := w.OpenFile(t.Context(), &a)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func namesOf(t *testing.T, w *cases.Service, c cases.Case) (names []string) {
	t.Helper()
	list, err := w.Attachments(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		names = append(names, list[i].Name)
	}
	return names
}

// keepsAttachments keeps files of cases, the same content once, through a merge and until
// nothing refers to it.
func keepsAttachments(t *testing.T, open Opener) {
	s := open(t)
	w := workspace(s)
	w.KeepFiles(s.CaseFiles(), 3<<20)
	first, second := opened(t, w, "First"), opened(t, w, "Second")
	large := strings.Repeat("0123456789abcdef", 150_000) // more than a row of the table of blobs holds
	a := attached(t, w, "1", "../sample\x00.bin", large)
	if a.Name != "sample.bin" || a.Size != int64(len(large)) || a.Type != "text/plain" || a.AddedBy != analyst || contentOf(t, w, a) != large {
		t.Errorf("%+v", a)
	}
	if again := attached(t, w, "1", "sample.bin", large); again != a {
		t.Errorf("attached again: %+v, was %+v", again, a)
	}
	b := attached(t, w, "2", "of the mail.bin", large)
	if b.SHA256 != a.SHA256 || b.ID == a.ID {
		t.Errorf("the same content under another name: %+v", b)
	}
	if done := collect(t, s); done.Old != 1 || done.Removed != 0 { // and is kept once
		t.Errorf("%+v", done)
	}
	if related, err := w.RelatedTo(t.Context(), "1"); err != nil || len(related) != 1 || related[0].Case.Number != 2 || related[0].Shared[0].Value != a.SHA256 {
		t.Errorf("related by the file are %+v, %v", related, err)
	}
	if found, _, err := w.Cases(t.Context(), cases.Query{Text: "sample.bin", Limit: 10}); err != nil || len(found) != 1 || found[0].Number != 1 {
		t.Errorf("by the name of the file: %+v, %v", found, err)
	}
	c, err := w.Merge(t.Context(), analyst, "1", "2", "")
	if err != nil || !slices.Equal(namesOf(t, w, c), []string{"sample.bin", "of the mail.bin"}) || len(namesOf(t, w, first)) != 1 {
		t.Errorf("%v after the merge, %v", namesOf(t, w, c), err)
	}
	if _, _, err := w.Attach(t.Context(), analyst, "1", "", cases.Upload{Name: "a", Content: strings.NewReader("")}); !errors.Is(err, cases.ErrMerged) {
		t.Errorf("a merged case takes a file: %v", err)
	}
	for _, id := range []string{a.ID, b.ID, b.ID} {
		if c, err = w.Detach(t.Context(), analyst, "2", id); err != nil {
			t.Fatal(err)
		}
	}
	if done := collect(t, s); done.Removed != 0 || len(namesOf(t, w, second)) != 0 {
		t.Errorf("%+v, though the merged case refers to it", done)
	}
	entries, err := w.Timeline(t.Context(), c.ID, 0, 3)
	if err != nil || entries[0].Kind != cases.EntryDetached || entries[0].Data["name"] != "of the mail.bin" || entries[2].Kind != cases.EntryMergedFrom {
		t.Errorf("%+v, %v", entries, err)
	}
	alone := attached(t, w, "2", "alone.txt", "alone")
	if _, err := w.Detach(t.Context(), analyst, "2", alone.ID); err != nil {
		t.Fatal(err)
	}
	if done := collect(t, s); done.Removed != 1 || hasBlob(t, s, alone.SHA256) || !hasBlob(t, s, a.SHA256) {
		t.Errorf("%+v", done)
	}
}

// refusesFiles keeps nothing of what is too large, broken or too much.
func refusesFiles(t *testing.T, open Opener) {
	s := open(t)
	w := workspace(s)
	w.KeepFiles(s.CaseFiles(), 1000)
	opened(t, w, "One")
	over := strings.Repeat("x", 1001)
	for name, u := range map[string]cases.Upload{
		"told":   {Name: "a", Size: 1001, Content: iotest.ErrReader(errors.New("was read"))},
		"untold": {Name: "a", Size: -1, Content: strings.NewReader(over)},
		"a lie":  {Name: "a", Size: 5, Content: strings.NewReader(over)},
	} {
		var large *cases.TooLargeError
		if _, _, err := w.Attach(t.Context(), analyst, "1", "", u); !errors.As(err, &large) || !strings.Contains(err.Error(), "1000 bytes") || !strings.Contains(err.Error(), "--attachment-limit") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, u := range map[string]cases.Upload{
		"short":  {Name: "a", Size: 50, Content: strings.NewReader("x")},
		"long":   {Name: "a", Size: 1, Content: strings.NewReader("xx")},
		"broken": {Name: "a", Size: -1, Content: io.MultiReader(strings.NewReader("x"), iotest.ErrReader(io.ErrUnexpectedEOF))},
	} {
		if _, _, err := w.Attach(t.Context(), analyst, "1", "", u); !errors.Is(err, cases.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range 10 {
		attached(t, w, "1", "a", strings.Repeat("x", 990+i))
	}
	untold := strings.NewReader(over[1:])
	isFull(t, w, untold)
	if untold.Len() < 900 { // there is room for 55
		t.Errorf("%d bytes were left unread of a file that has no room", untold.Len())
	}
	if _, _, err := w.AttachKept(t.Context(), analyst, "1", "", "a", strings.Repeat("0", 64)); !errors.Is(err, cases.ErrNoAttachment) {
		t.Errorf("what is not there: %v", err)
	}
	isFull(t, w, io.MultiReader(&meanwhile{func() { attached(t, w, "1", "b", strings.Repeat("y", 40)) }}, strings.NewReader("more than is left")))
	if done := collect(t, s); done.Old != 11 || done.Removed != 0 {
		t.Errorf("%+v", done)
	}
	isFull(t, w, io.MultiReader(&meanwhile{func() { emptied(t, w, "1") }}, strings.NewReader(over[1:]))) // what was not read may be lost
	if left := namesOf(t, w, cased(t, w, "1")); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

// isFull sends a file of no told size to a case that has no room for it.
func isFull(t *testing.T, w *cases.Service, content io.Reader) {
	t.Helper()
	var field *cases.FieldError
	if _, _, err := w.Attach(t.Context(), analyst, "1", "", cases.Upload{Name: "a", Size: -1, Content: content}); !errors.As(err, &field) || !strings.Contains(err.Error(), "10000 bytes in all") {
		t.Errorf("too much in all: %v", err)
	}
}

// meanwhile does something once a file is being read.
type meanwhile struct{ do func() }

// Read implements [io.Reader].
func (m *meanwhile) Read([]byte) (int, error) {
	m.do()
	return 0, io.EOF
}

func cased(t *testing.T, w *cases.Service, ref string) cases.Case {
	t.Helper()
	c, err := w.Case(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func emptied(t *testing.T, w *cases.Service, ref string) {
	t.Helper()
	list, err := w.Attachments(t.Context(), cased(t, w, ref).ID)
	for i := range list {
		if err == nil {
			_, err = w.Detach(t.Context(), analyst, ref, list[i].ID)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
