package storetest

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/views"
)

// keepsViews keeps views of people and of all, each change from the revision it was made from.
func keepsViews(t *testing.T, open Opener) {
	s := views.NewService(open(t), time.Now)
	ann, ben, guest := views.Person{ID: "a", Name: "ann", Shares: true}, views.Person{ID: "b", Name: "ben", Shares: true}, views.Person{ID: "g", Name: "guest"}
	filter := map[string]string{"severity": "critical", "q": "ünïcode 'x\" %_"}
	make := func(name string, shared bool, who views.Person) (views.View, error) {
		return s.Make(t.Context(), "cases", views.Input{Name: name, Shared: shared, Filter: filter}, who)
	}
	own, err := make("  My   night shift ", false, ann)
	if err != nil || own.Name != "My night shift" || own.Revision != 1 {
		t.Fatalf("%+v %v", own, err)
	}
	all, err := make("Night shift", true, ann)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		name   string
		shared bool
		who    views.Person
		want   error
	}{
		"same, own":       {"MY NIGHT SHIFT", false, ann, views.ErrTaken},
		"same, other's":   {"my night shift", false, ben, nil},
		"same, for all":   {"night SHIFT", true, ben, views.ErrTaken},
		"a guest's":       {"Night shift", false, guest, nil},
		"a guest for all": {"Other", true, guest, views.ErrNotYours},
	} {
		if _, err := make(tt.name, tt.shared, tt.who); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sees := func(who views.Person) (list []string, first string) {
		found, first, err := s.List(t.Context(), "cases", who)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			if !maps.Equal(v.Filter, filter) && v.Revision == 1 {
				t.Errorf("%s has %v", v.Name, v.Filter)
			}
			list = append(list, fmt.Sprint(v.Name, " ", v.Shared, " ", v.OwnerName))
		}
		return list, first
	}
	for _, tt := range []struct {
		who  views.Person
		want string
	}{{ann, "[My night shift false ann Night shift true ann]"}, {ben, "[my night shift false ben Night shift true ann]"}, {guest, "[Night shift true ann Night shift false guest]"}} {
		if list, first := sees(tt.who); fmt.Sprint(list) != tt.want || first != "" {
			t.Errorf("%s sees %v, first %q", tt.who.Name, list, first)
		}
	}
	changesViews(t, s, own, all, ann, ben, guest)
	if err := s.Begin(t.Context(), "cases", all.ID, ben); err != nil {
		t.Fatal(err)
	}
	if _, first := sees(ben); first != all.ID {
		t.Errorf("ben begins with %q", first)
	}
	if _, first := sees(ann); first != "" {
		t.Errorf("ann begins with %q", first)
	}
	if err := s.Begin(t.Context(), "cases", own.ID, ben); !errors.Is(err, views.ErrNotFound) {
		t.Errorf("begin with another's: %v", err)
	}
	if err := s.Begin(t.Context(), "runs", all.ID, ben); !errors.Is(err, views.ErrNotFound) {
		t.Errorf("begin another list: %v", err)
	}
	if err := s.Remove(t.Context(), all.ID, ben); err != nil {
		t.Fatal(err)
	}
	if list, first := sees(ben); len(list) != 1 || first != "" {
		t.Errorf("after it was removed: %v %q", list, first)
	}
	if err := s.Remove(t.Context(), all.ID, ben); !errors.Is(err, views.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	for i := 1; ; i++ {
		if _, err := make(fmt.Sprint("one of many ", i), false, ann); errors.Is(err, views.ErrFull) && i == views.MostViews {
			break
		} else if err != nil {
			t.Fatalf("the %dth: %v", i, err)
		}
	}
}

func changesViews(t *testing.T, s *views.Service, own, all views.View, ann, ben, guest views.Person) {
	in := func(v views.View, name string) views.Input {
		return views.Input{Name: name, Shared: v.Shared, Filter: map[string]string{"sort": "due"}}
	}
	now, err := s.Change(t.Context(), all.ID, 1, in(all, "Night"), ben)
	if err != nil || now.Revision != 2 || now.UpdatedBy != "ben" || now.OwnerName != "ann" {
		t.Fatalf("%+v %v", now, err)
	}
	var conflict *views.ConflictError
	if _, err = s.Change(t.Context(), all.ID, 1, in(all, "Day"), ann); !errors.As(err, &conflict) || conflict.Current.Name != "Night" || conflict.Current.Revision != 2 {
		t.Errorf("a change of an older one: %v", err)
	}
	private := in(all, "Night shift")
	private.Shared = false
	for _, tt := range []struct {
		name string
		id   string
		in   views.Input
		who  views.Person
		want error
	}{
		{"another's", own.ID, in(own, "x"), ben, views.ErrNotFound},
		{"a guest's of all", all.ID, in(all, "x"), guest, views.ErrNotYours},
		{"another takes it", all.ID, private, ben, views.ErrKept},
		{"a name that's taken", own.ID, views.Input{Name: "night", Shared: true}, ann, views.ErrTaken},
		{"none", "none", in(own, "x"), ann, views.ErrNotFound},
		{"back again", all.ID, in(all, "Night shift"), ann, nil},
	} {
		if _, err := s.Change(t.Context(), tt.id, 0, tt.in, tt.who); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := s.Remove(t.Context(), own.ID, ben); !errors.Is(err, views.ErrNotFound) {
		t.Errorf("another removes it: %v", err)
	}
	var invalid *views.InvalidError
	for _, bad := range []views.Input{{Name: " "}, {Name: "a\x00b"}, {Name: "x", Filter: map[string]string{"": "y"}}} {
		if _, err := s.Make(t.Context(), "cases", bad, ann); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// boundsViews holds how many views there are to those that become private or shared later.
func boundsViews(t *testing.T, open Opener) {
	s := views.NewService(open(t), time.Now)
	ann := views.Person{ID: "a", Name: "ann", Shares: true}
	put := func(n int, shared bool) (views.View, error) {
		return s.Make(t.Context(), "cases", views.Input{Name: fmt.Sprint("View ", n), Shared: shared}, ann)
	}
	for n := range views.MostViews {
		if _, err := put(n, true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := put(views.MostViews, true); !errors.Is(err, views.ErrFull) {
		t.Errorf("one shared view more: %v", err)
	}
	own, err := put(views.MostViews, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Change(t.Context(), own.ID, own.Revision, views.Input{Name: own.Name, Shared: true}, ann); !errors.Is(err, views.ErrFull) {
		t.Errorf("one that is shared later: %v", err)
	}
	if got, err := s.Change(t.Context(), own.ID, own.Revision, views.Input{Name: "Renamed"}, ann); err != nil || got.Name != "Renamed" {
		t.Errorf("%+v, %v", got, err)
	}
}
