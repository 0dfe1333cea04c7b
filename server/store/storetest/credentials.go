package storetest

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

func credentialsOf(t *testing.T, s *store.Store) *vault.Credentials {
	t.Helper()
	v, err := vault.Open(filepath.Join(t.TempDir(), "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	return vault.NewCredentials(v, s, time.Now)
}

func keepsCredentials(t *testing.T, open Opener) {
	s := open(t)
	c := credentialsOf(t, s)
	ctx := auth.WithActor(t.Context(), auth.Actor{Name: "admin"})
	in := vault.Input{
		Name: "Scanner", Type: "http.basic", Hosts: []string{"API.example.com", "api.example.com", "10.0.0.8:8443"},
		Fields: map[string]string{"username": "u"}, Secrets: map[string]vault.Secret{"password": vault.NewSecret("canary")},
	}
	made, err := c.Create(ctx, in, "admin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(ctx, in, "admin"); !errors.Is(err, vault.ErrExists) {
		t.Errorf("the same name: %v", err)
	}
	opened, err := c.Open(ctx, made.ID)
	if err != nil || opened.Values["password"].Reveal() != "canary" || !slices.Equal(opened.Hosts, []string{"10.0.0.8:8443", "api.example.com"}) {
		t.Errorf("%v, %v", opened.Hosts, err)
	}
	in.Name, in.Secrets = "Scanner 2", nil
	elsewhere := in
	elsewhere.Hosts = append(slices.Clone(in.Hosts), "evil.example")
	var invalid *vault.InvalidError
	if _, err := c.Update(ctx, made.ID, elsewhere, "other"); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "password") {
		t.Errorf("a host is added without the secret: %v", err)
	}
	if _, err := c.Update(ctx, made.ID, in, "other"); err != nil {
		t.Fatal(err)
	}
	list, err := c.List(ctx)
	if err != nil || len(list) != 1 || list[0].Name != "Scanner 2" || list[0].UpdatedBy != "other" || !slices.Equal(list[0].Secrets, []string{"password"}) {
		t.Errorf("%+v, %v", list, err)
	}
	if opened, err = c.Open(ctx, made.ID); err != nil || opened.Values["password"].Reveal() != "canary" {
		t.Errorf("after a change of its name: %v", err)
	}
	if err := c.Rotate(ctx, "admin"); err != nil {
		t.Fatal(err)
	}
	if opened, err = c.Open(ctx, made.ID); err != nil || opened.Values["password"].Reveal() != "canary" {
		t.Errorf("after rotation: %v", err)
	}
	entries, _, err := s.Audit(ctx, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(string(e.Detail), "canary") {
			t.Errorf("the audit log holds a secret: %s", e.Detail)
		}
	}
	// Exchanged in the database, sealed values don't open.
	other, err := c.Create(ctx, vault.Input{Name: "Other", Type: "http.basic", Hosts: []string{"b.example"}, Secrets: map[string]vault.Secret{"password": vault.NewSecret("x")}}, "admin")
	if err != nil {
		t.Fatal(err)
	}
	_, sealed, err := s.Credential(ctx, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	other.Version++
	sealed[0].Version = other.Version
	if err := s.UpdateCredential(ctx, other, sealed, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(ctx, other.ID); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("another row's secret: %v", err)
	}
	if err := s.UpdateCredential(ctx, other, nil, nil); !errors.Is(err, vault.ErrChanged) {
		t.Errorf("an old version: %v", err)
	}
}

// rotatesBesideChanges loses nothing that is made or changed meanwhile.
func rotatesBesideChanges(t *testing.T, open Opener) {
	s := open(t)
	c := credentialsOf(t, s)
	ctx := auth.WithActor(t.Context(), auth.Actor{Name: "admin"})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 8 {
				in := vault.Input{
					Name: fmt.Sprint(i, "-", n), Type: "http.bearer", Hosts: []string{"a.example"},
					Secrets: map[string]vault.Secret{"token": vault.NewSecret("canary")},
				}
				if _, err := c.Create(ctx, in, "admin"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		if err := c.Rotate(ctx, "admin"); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	list, err := c.List(ctx)
	if err != nil || len(list) != 32 {
		t.Fatal(len(list), err)
	}
	for _, made := range list {
		if opened, err := c.Open(ctx, made.ID); err != nil || opened.Values["token"].Reveal() != "canary" {
			t.Errorf("%s: %v", made.Name, err)
		}
	}
	// Whoever can write the database alone can't send a secret elsewhere.
	changed := list[0]
	_, sealed, err := s.Credential(ctx, changed.ID)
	if err != nil {
		t.Fatal(err)
	}
	changed.Hosts, changed.Version = []string{"evil.example"}, changed.Version+1
	sealed[0].Version = changed.Version
	if err := s.UpdateCredential(ctx, changed, sealed, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(ctx, changed.ID); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("its hosts were changed: %v", err)
	}
}

func bindsCredentials(t *testing.T, open Opener) {
	s := open(t)
	c := credentialsOf(t, s)
	ctx := auth.WithActor(t.Context(), auth.Actor{Name: "admin"})
	made, err := c.Create(ctx, vault.Input{Name: "Scanner", Type: "http.bearer", Hosts: []string{"a.example"}}, "admin")
	if err != nil {
		t.Fatal(err)
	}
	d := draftOf(t, s, "Uses it")
	bind := vault.Rebinding{Set: []vault.Binding{{Alias: "scanner", Credential: made.ID}}, All: true}
	if _, err := c.Bind(ctx, "0197a6c2-0000-7000-8000-000000000000", bind); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a flow that isn't there: %v", err)
	}
	if _, err := c.Bind(ctx, d.ID, vault.Rebinding{Set: []vault.Binding{{Alias: "scanner", Credential: "nothing"}}}); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a credential that isn't there: %v", err)
	}
	if _, err := c.Bind(ctx, d.ID, bind); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Bound(ctx, d.ID, "scanner"); err != nil || got.ID != made.ID {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := c.Bound(ctx, d.ID, "other"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("an alias that isn't bound: %v", err)
	}
	var used *vault.InUseError
	if err := c.Delete(ctx, made.ID); !errors.As(err, &used) || !slices.Equal(used.Flows, []string{"Uses it"}) {
		t.Errorf("deleted while in use: %v", err)
	}
	box := library.Triggers{Mailboxes: []flow.Watch{{Flow: d.ID, Node: "mail", Place: "here"}}}
	if _, err := s.InsertVersion(ctx, library.Version{Flow: d.ID, Digest: "d", Content: []byte("{}"), At: d.Created}, 1, box); err != nil {
		t.Fatal(err)
	}
	for but, want := range map[string][]trigger.WatchedBy{"": {{Flow: "Uses it", Place: "here", Alias: "scanner"}}, d.ID: nil} {
		if list, err := s.WatchedBy(ctx, made.ID, but); err != nil || !slices.Equal(list, want) {
			t.Errorf("but for %q it is watched by %+v, %v", but, list, err)
		}
	}
	if err := s.Halt(ctx, d.ID, true, library.Triggers{}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.WatchedBy(ctx, made.ID, ""); err != nil || len(list) > 0 {
		t.Errorf("stopped, it is watched by %+v, %v", list, err)
	}
	if _, err := c.Bind(ctx, d.ID, vault.Rebinding{All: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(ctx, made.ID); err != nil {
		t.Error(err)
	}
	if err := c.Delete(ctx, made.ID); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}

// bindsBesideOthers has two admins bind an alias each at the same moment, and keeps what
// one bound anew from going with what it was before.
func bindsBesideOthers(t *testing.T, open Opener) {
	s := open(t)
	c := credentialsOf(t, s)
	ctx := auth.WithActor(t.Context(), auth.Actor{Name: "admin"})
	var ids []string
	for _, name := range []string{"One", "Two"} {
		made, err := c.Create(ctx, vault.Input{Name: name, Type: "http.bearer", Hosts: []string{"a.example"}}, "admin")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.ID)
	}
	d := draftOf(t, s, "Uses both")
	to := func(alias string, at int) vault.Binding {
		return vault.Binding{Flow: d.ID, Alias: alias, Credential: ids[at]}
	}
	for i := range 20 {
		was := []vault.Binding{to("chat", i%2), to("mail", i%2), to("other", 0)}
		if _, err := c.Bind(ctx, d.ID, vault.Rebinding{Set: was, All: true}); err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		for _, own := range []vault.Binding{to("chat", 1-i%2), to("mail", 1-i%2)} {
			both.Go(func() {
				now, err := c.Bind(ctx, d.ID, vault.Rebinding{Set: []vault.Binding{own}})
				if err != nil || len(now) != 3 || !slices.Contains(now, own) {
					t.Errorf("%+v, %v", now, err)
				}
			})
		}
		both.Wait()
		want := []vault.Binding{to("chat", 1-i%2), to("mail", 1-i%2), to("other", 0)}
		if list, err := c.Bindings(ctx, d.ID); err != nil || !slices.Equal(list, want) {
			t.Fatalf("%+v, %v", list, err)
		}
	}
	want := []vault.Binding{to("mail", 0), to("other", 0)}
	now, err := c.Bind(ctx, d.ID, vault.Rebinding{Drop: []string{"chat", "none"}})
	if err != nil || !slices.Equal(now, want) {
		t.Errorf("%+v, %v", now, err)
	}
	if log, _, err := s.Audit(ctx, "", 1); err != nil || log[0].Action != "flow.bind" || log[0].ObjectID != d.ID || !strings.Contains(string(log[0].Detail), `"mail"`) || strings.Contains(string(log[0].Detail), `"chat"`) {
		t.Errorf("%+v, %v", log, err)
	}
}

func draftOf(t *testing.T, s *store.Store, name string) library.Draft {
	t.Helper()
	now := time.Now()
	d := library.Draft{ID: "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c77", Content: []byte("{}"), Revision: 1, Created: now, Updated: now}
	if err := s.InsertDraft(t.Context(), d, library.Summary{Draft: d, Name: name}); err != nil {
		t.Fatal(err)
	}
	return d
}
