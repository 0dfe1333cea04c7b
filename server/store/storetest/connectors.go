package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

func keepsConnectors(t *testing.T, open Opener) {
	s := open(t)
	file := []byte("a module")
	sum := sha256.Sum256(file)
	i := store.Installed{Digest: hex.EncodeToString(sum[:]), Name: "scan.wasm", Size: int64(len(file)), At: time.Unix(1_700_000_000, 0).UTC(), By: "admin"}
	for range 2 {
		if err := s.InstallConnector(t.Context(), i, map[string]string{"scan": "1.0.0"}, file); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.InstallConnector(t.Context(), i, nil, []byte("other bytes")); err == nil {
		t.Error("other bytes are kept under its digest")
	}
	consent := catalog.GrantRecord{Connector: "scan", Digest: i.Digest, Asked: catalog.Ask{Capabilities: abi.Capabilities{KV: true}}, Refused: true, At: i.At, By: "admin"}
	extra := catalog.GrantRecord{Connector: "scan", Extra: catalog.Grant{HTTP: []catalog.HTTPRule{{Host: "a.example"}}}, At: i.At, By: "admin", Revision: 1}
	if err := s.SaveGrants(t.Context(), consent, extra); err != nil {
		t.Fatal(err)
	}
	var decided *catalog.DecidedError
	stale := extra
	stale.Extra = catalog.Grant{KV: true}
	if err := s.SaveGrants(t.Context(), stale); !errors.As(err, &decided) || decided.Current != 1 || decided.Base != 0 {
		t.Errorf("a decision from an older one: %v", err)
	}
	value := "1"
	if err := s.PutKV(t.Context(), "scan", "k", &value); err != nil {
		t.Fatal(err)
	}
	s = open(t)
	list, err := s.InstalledConnectors(t.Context())
	if err != nil || len(list) != 1 || list[0] != i {
		t.Errorf("%+v, %v", list, err)
	}
	if got, err := s.ConnectorFile(t.Context(), i.Digest); err != nil || string(got) != string(file) {
		t.Errorf("%q, %v", got, err)
	}
	grants, err := s.Grants(t.Context())
	if err != nil || len(grants) != 2 {
		t.Fatalf("%+v, %v", grants, err)
	}
	for _, g := range grants {
		if g.Refused != (g.Digest == i.Digest) || g.Asked.KV != g.Refused {
			t.Errorf("%+v", g)
		}
	}
	if err := s.RemoveConnector(t.Context(), i.Digest); err != nil {
		t.Fatal(err)
	}
	changed := []byte("changed bytes")
	sum = sha256.Sum256(changed)
	var other *store.OtherBytesError
	again := store.Installed{Digest: hex.EncodeToString(sum[:]), Name: "scan.wasm", Size: int64(len(changed)), At: i.At, By: "admin"}
	if err := s.InstallConnector(t.Context(), again, map[string]string{"scan": "1.0.0"}, changed); !errors.As(err, &other) {
		t.Errorf("a version with other bytes, after it was removed: %v", err)
	}
	if list, err := s.InstalledConnectors(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	grants, err = s.Grants(t.Context())
	if err != nil || len(grants) != 1 || grants[0].Digest != "" || grants[0].Extra.HTTP[0].Host != "a.example" || grants[0].Revision != 1 {
		t.Errorf("what is left: %+v, %v", grants, err)
	}
	if err := s.RemoveConnector(t.Context(), i.Digest, "scan"); err != nil {
		t.Fatal(err)
	}
	_, kept, err := s.GetKV(t.Context(), "scan", "k")
	if grants, wrong := s.Grants(t.Context()); len(grants) != 0 || kept || err != nil || wrong != nil {
		t.Errorf("what is left of a connector without a version: %+v, %v, %v", grants, kept, err)
	}
}

func keepsValues(t *testing.T, open Opener) {
	s := open(t)
	put := func(connector, key, value string) error { return s.PutKV(t.Context(), connector, key, &value) }
	if err := errors.Join(put("a", "k", "1"), put("a", "k", "2"), put("b", "k", "3")); err != nil {
		t.Fatal(err)
	}
	for connector, want := range map[string]string{"a": "2", "b": "3"} {
		if got, ok, err := s.GetKV(t.Context(), connector, "k"); err != nil || !ok || got != want {
			t.Errorf("%s: %q %v %v", connector, got, ok, err)
		}
	}
	swapsValues(t, s)
	if err := s.PutKV(t.Context(), "a", "k", nil); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.GetKV(t.Context(), "a", "k"); ok || err != nil {
		t.Errorf("removed: %v %v", ok, err)
	}
	half := strings.Repeat("x", egress.MaxKVSize/2)
	if err := errors.Join(put("a", "1", half), put("b", "1", half), put("a", "1", half)); err != nil {
		t.Fatal(err)
	}
	if err := put("a", "2", half); !errors.Is(err, egress.ErrKVFull) {
		t.Errorf("more than it may: %v", err)
	}
	if _, ok, _ := s.GetKV(t.Context(), "a", "2"); ok {
		t.Error("what was too much is kept")
	}
}

// swapsValues changes a key by what it holds: of calls at once one alone does.
func swapsValues(t *testing.T, s *store.Store) {
	t.Helper()
	text := func(value string) *string { return &value }
	for _, tt := range []struct {
		was, value *string
		want       bool
	}{{text("1"), text("3"), false}, {nil, text("3"), false}, {text("2"), text("3"), true}, {text("2"), nil, false}, {text("3"), text("2"), true}} {
		if did, err := s.SwapKV(t.Context(), "a", "k", tt.was, tt.value); did != tt.want || err != nil {
			t.Errorf("swap %v for %v: %t %v", tt.was, tt.value, did, err)
		}
	}
	var group sync.WaitGroup
	var did atomic.Int32
	for range 8 {
		group.Go(func() {
			if ok, err := s.SwapKV(t.Context(), "a", "race\x00", nil, text("me")); err != nil {
				t.Error(err)
			} else if ok {
				did.Add(1)
			}
		})
	}
	group.Wait()
	if did.Load() != 1 {
		t.Errorf("%d of 8 calls found no value", did.Load())
	}
	if ok, err := s.SwapKV(t.Context(), "a", "race\x00", text("me"), nil); !ok || err != nil {
		t.Errorf("removed: %t %v", ok, err)
	}
}
