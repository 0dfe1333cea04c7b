package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

func keepsPins(t *testing.T, open Opener) {
	s := open(t)
	at := time.UnixMicro(1764115200123456).UTC()
	pin := library.Pin{Node: "b", Type: "core.if", Port: "true", Output: map[string]any{"n": int64(1), "t": "\x00"}, At: at, By: "ann"}
	if err := s.SavePin(t.Context(), "f1", pin); !errors.Is(err, library.ErrNotFound) {
		t.Errorf("a pin of no flow gives %v", err)
	}
	d, sum := draft("f1")
	if err := s.InsertDraft(t.Context(), d, sum); err != nil {
		t.Fatal(err)
	}
	for _, p := range []library.Pin{{Node: "b", Output: "first", At: at, By: "bob"}, pin, {Node: "a", At: at, By: "ann"}} {
		if err := s.SavePin(t.Context(), "f1", p); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Pins(t.Context(), "f1")
	if err != nil || len(list) != 2 || list[0].Node != "a" || list[0].Output != nil || list[1].By != "ann" || list[1].Port != "true" || !list[1].At.Equal(at) || list[1].Output.(map[string]any)["t"] != "\x00" {
		t.Errorf("%+v, %v", list, err)
	}
	if entries, _, err := s.Audit(t.Context(), "", 1); err != nil || entries[0].Action != "flow.pin" || string(entries[0].Detail) != `{"node":"a"}` {
		t.Errorf("%+v, %v", entries, err)
	}
	boundsPins(t, s)
	if err := s.DeletePin(t.Context(), "f1", "a"); err != nil {
		t.Error(err)
	}
	if err := s.DeletePin(t.Context(), "f1", "a"); !errors.Is(err, library.ErrNoPin) {
		t.Errorf("a pin that is gone gives %v", err)
	}
	if err := s.DeleteDraft(t.Context(), "f1"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Pins(t.Context(), "f1"); err != nil || len(list) != 0 {
		t.Errorf("the flow is gone, its pins are %+v, %v", list, err)
	}
}

// boundsPins fills a flow's pins until no more of them may be kept.
func boundsPins(t *testing.T, s *store.Store) {
	t.Helper()
	var size *library.PinSizeError
	err := s.SavePin(t.Context(), "f1", library.Pin{Node: "large", Output: strings.Repeat("x", library.MaxPin)})
	if !errors.As(err, &size) || size.All {
		t.Errorf("a pin that is too large gives %v", err)
	}
	part := strings.Repeat("x", library.MaxPin-2)
	for _, node := range []string{"p1", "p2", "p3"} {
		if err := s.SavePin(t.Context(), "f1", library.Pin{Node: node, Output: part}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SavePin(t.Context(), "f1", library.Pin{Node: "p4", Output: part}); !errors.As(err, &size) || !size.All {
		t.Errorf("pins that are too large together give %v", err)
	}
	if err := s.SavePin(t.Context(), "f1", library.Pin{Node: "p3", Output: part}); err != nil {
		t.Errorf("one in place of another of its size gives %v", err)
	}
}
