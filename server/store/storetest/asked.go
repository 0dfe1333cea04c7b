package storetest

import (
	"maps"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// askedBelow tells of called runs whether people were asked in them, however deep.
func askedBelow(t *testing.T, open Opener) {
	s := open(t)
	called := func(root, parent string, kinds ...engine.AskKind) string {
		id := newID(t)
		b := First(id)
		b.Create.Root, b.Create.Parent = root, engine.Parent{Run: parent, Step: "c"}
		for _, kind := range kinds {
			b.Asks = append(b.Asks, engine.Ask{ID: newID(t), Kind: kind, Step: "ok", To: []string{"rita"}, Quorum: 1, Asked: time.Now()})
		}
		if got := Append(t, s, b); got.Err != nil {
			t.Fatal(got.Err)
		}
		return id
	}
	root := called("", "")
	silent := called(root, root)
	unsure := called(root, root, engine.AskUnknown)
	asking := called(root, root, engine.AskUnknown, engine.AskApproval)
	above := called(root, root)
	called(root, called(root, above), engine.AskForm)
	gone := newID(t)
	got, err := s.Asked(t.Context(), []string{silent, unsure, asking, above, gone})
	if want := map[string]bool{silent: false, unsure: false, asking: true, above: true, gone: true}; err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
	if got, err := s.Asked(t.Context(), nil); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
}
