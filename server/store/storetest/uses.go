package storetest

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/library"
)

// usesOneByOne looks for the uses of a connector in documents that would take much
// memory together.
func usesOneByOne(t *testing.T, open Opener) {
	s := open(t)
	const size, count = 1 << 20, 40
	document := func(text string) []byte {
		return append(fmt.Appendf(nil, `{"%s"}`, text), bytes.Repeat([]byte{' '}, size)...)
	}
	d, sum := draft("f")
	d.Content = document("demo.draft")
	if err := s.InsertDraft(t.Context(), d, sum); err != nil {
		t.Fatal(err)
	}
	publish := func(digest, text string) {
		t.Helper()
		if _, err := s.InsertVersion(t.Context(), library.Version{Flow: "f", Digest: digest, Content: document(text), At: time.Now()}, 1, library.Triggers{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range count {
		publish(fmt.Sprint("v", i), fmt.Sprint("demo.", i))
	}
	publish("v1", "demo.1")
	publish("other", "demonstration.x")
	if err := s.KeepDocument(t.Context(), "d", document("demo.run")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if a := Append(t, s, First(newID(t))); a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	most, seen, before := uint64(0), map[string]int{}, heap()
	list, err := s.UsesOf(t.Context(), "demo", func(content []byte) bool {
		most = max(most, heap())
		text, _, _ := bytes.Cut(content, []byte("}"))
		seen[string(text)]++
		return string(text) != `{"demo.3"`
	})
	if err != nil || len(list) != count+2 || len(seen) != count+2 {
		t.Fatalf("%d uses of %d documents, %v", len(list), len(seen), err)
	}
	for text, n := range seen {
		if n != 1 {
			t.Errorf("%s was read %d times", text, n)
		}
	}
	if most > before+8*size {
		t.Errorf("the documents took %d MiB together", (most-before)>>20)
	}
	first, newest, last := list[0], list[1], list[len(list)-1]
	if first.Kind != library.UseDraft || newest.Version != count+1 || newest.Newest || newest.Digest != "v1" || last.Kind != library.UseRun || last.Runs != 2 || last.Deleted {
		t.Errorf("%+v, %+v, %+v", first, newest, last)
	}
	if kept, active, err := s.RunsOf(t.Context(), first.Flow); err != nil || kept != 2 || active != 2 {
		t.Errorf("%d runs are kept and %d go on, %v", kept, active, err)
	}
	if kept, active, err := s.RunsOf(t.Context(), "none"); err != nil || kept != 0 || active != 0 {
		t.Errorf("%d runs of no flow are kept and %d go on, %v", kept, active, err)
	}
	if list, err := s.CallsOf(t.Context(), "none", func([]byte) bool { return true }); err != nil || len(list) != 0 {
		t.Errorf("%+v names no flow, %v", list, err)
	}
}
