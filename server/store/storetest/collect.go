package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

func put(t *testing.T, s *store.Store, text string) string {
	t.Helper()
	id, err := s.Blobs().Put(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func handle(id string) map[string]any {
	return map[string]any{"$blob": map[string]any{"id": id, "size": int64(4)}}
}

// collect removes what nothing names, however young it is.
func collect(t *testing.T, s *store.Store) store.Collected {
	t.Helper()
	done, err := s.CollectBlobs(t.Context(), time.Now().Add(time.Hour), func(time.Time) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func hasBlob(t *testing.T, s *store.Store, id string) bool {
	t.Helper()
	_, err := s.Blobs().Read(t.Context(), id, 1<<30)
	if err != nil && !errors.Is(err, store.ErrNoBlob) {
		t.Fatal(err)
	}
	return err == nil
}

// collectsBlobs keeps each blob that something names, wherever, and removes the others.
func collectsBlobs(t *testing.T, open Opener) {
	s := open(t)
	named := map[string]string{}
	for _, where := range []string{"input", "large input", "output", "large output", "kv", "signal", "sample", "cassette", "large cassette"} {
		named[where] = put(t, s, "named by "+where)
	}
	large := func(id string) map[string]any {
		return map[string]any{"file": handle(id), "pad": strings.Repeat("x", 100_000)}
	}
	runs := map[string]string{}
	for _, c := range []struct {
		name string
		data map[string]any
		out  any
	}{
		{"small", map[string]any{"body": handle(named["input"])}, handle(named["output"])},
		{"large", large(named["large input"]), large(named["large output"])},
	} {
		runs[c.name] = kept(t, s, run.Running, ofLate, time.Time{}, func(b *engine.Batch) { b.Create.Data = c.data })
		if a := Append(t, s, next(runs[c.name], 1, run.Event{Seq: 2, At: ofLate, Kind: run.StepSucceeded, Step: "a", Output: c.out})); a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	value := fmt.Sprintf(`{"$blob":{"id":%q,"size":4}}`, named["kv"])
	if err := s.PutKV(t.Context(), "c", "k", &value); err != nil {
		t.Fatal(err)
	}
	if err := s.Signal(t.Context(), engine.Signal{RunID: runs["small"], ID: "s", Kind: engine.SignalDecision, Payload: handle(named["signal"])}); err != nil {
		t.Fatal(err)
	}
	if err := s.InsertDraft(t.Context(), library.Draft{ID: "a", Content: []byte("{}")}, library.Summary{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveSamples(t.Context(), "a", library.AnyRevision, []library.Sample{{Name: "one", Input: handle(named["sample"])}}); err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 200_000) // as doesn't pack
	for i := 0; i < len(noise); i += sha256.Size {
		sum := sha256.Sum256(noise[:i])
		copy(noise[i:], sum[:])
	}
	for step, content := range map[string]string{"cassette": "", "large cassette": hex.EncodeToString(noise)} {
		content = fmt.Sprintf(`{"calls":[{"answer":{"$blob":{"id":%q}},"pad":%q}]}`, named[step], content)
		s.KeepCassette(store.Cassette{RunID: runs["small"], Step: step, Attempt: 1, Content: []byte(content), At: ofLate})
	}
	if list, err := s.Cassettes(t.Context(), runs["small"]); err != nil || len(list) != 2 { // and are written
		t.Fatalf("%+v, %v", list, err)
	}
	connector := []byte("\x00asm")
	if err := s.InstallConnector(t.Context(), store.Installed{Digest: hex.EncodeToString(sum(connector)), Name: "c", At: time.Now(), By: "ann"}, nil, connector); err != nil {
		t.Fatal(err)
	}
	lost := []string{put(t, s, "lost"), put(t, s, strings.Repeat("lost", 1<<20))}
	if done, err := s.CollectBlobs(t.Context(), time.Now().Add(-time.Hour), func(time.Time) error { return nil }); err != nil || done != (store.Collected{}) {
		t.Errorf("young blobs: %+v, %v", done, err)
	}
	// Two inputs and outputs, and a cassette, are blobs themselves; and the connector.
	if done := collect(t, s); done != (store.Collected{Old: 9 + 2 + 1 + 1 + 2, Removed: 2, Bytes: 4 + 4<<20}) {
		t.Errorf("%+v", done)
	}
	for where, id := range named {
		if !hasBlob(t, s, id) {
			t.Errorf("what the %s names is gone", where)
		}
	}
	for _, id := range lost {
		if hasBlob(t, s, id) {
			t.Errorf("%s is named by nothing, and there", id)
		}
	}
	for _, id := range runs {
		if _, _, err := s.Load(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if list, err := s.Cassette(t.Context(), runs["small"], "large cassette", 1); err != nil || len(list.Content) < 200_000 {
		t.Errorf("%d bytes, %v", len(list.Content), err)
	}
}

func sum(data []byte) []byte {
	s := sha256.Sum256(data)
	return s[:]
}

// collectionEndsInTheMiddle goes on after a crash.
func collectionEndsInTheMiddle(t *testing.T, open Opener) {
	s := open(t)
	id := kept(t, s, run.Running, ofLate, time.Time{}, func(b *engine.Batch) { b.Create.Data = map[string]any{"pad": strings.Repeat("x", 100_000)} })
	for i := range 10 {
		put(t, s, fmt.Sprint("lost ", i))
	}
	w, err := s.Blobs().Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("never finished")); err != nil {
		t.Fatal(err)
	}
	crash := errors.New("crash")
	removed := 0
	first, err := s.CollectBlobs(t.Context(), time.Now().Add(time.Hour), func(time.Time) error {
		if removed++; removed == 5 {
			return crash
		}
		return nil
	})
	if !errors.Is(err, crash) || first.Removed == 0 || first.Removed == 10 {
		t.Fatalf("%+v, %v", first, err)
	}
	s = open(t)
	if rest := collect(t, s); rest.Removed != 10-first.Removed {
		t.Errorf("%+v after %+v", rest, first)
	}
	if _, _, err := s.Load(t.Context(), id); err != nil {
		t.Error(err)
	}
	if _, _, err := w.Commit(); err == nil && !s.Shared() {
		t.Error("the file of a writer that is long gone is still there")
	}
}
