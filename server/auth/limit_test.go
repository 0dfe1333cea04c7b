package auth

import (
	"fmt"
	"testing"
	"time"
)

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::9": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "pipe": "pipe",
	} {
		if got := network(address); got != want {
			t.Errorf("%s is limited as %s, not %s", address, got, want)
		}
	}
}

// TestLimiterForgetsTheOldest fills a limiter while one key is in use: that one stays.
func TestLimiterForgetsTheOldest(t *testing.T) {
	l, now := newLimiter(time.Hour, 1), time.Unix(1, 0)
	if l.take("idle", now) != nil || l.take("used", now) != nil {
		t.Fatal("the first try is refused")
	}
	for i := range maxLimited - 1 {
		if l.take("used", now) == nil {
			t.Fatalf("the key in use is forgotten after %d others", i)
		}
		_ = l.take(fmt.Sprint(i), now)
	}
	if len(l.keys) != maxLimited || l.used.Len() != maxLimited {
		t.Errorf("%d keys, %d uses", len(l.keys), l.used.Len())
	}
	if l.take("idle", now) != nil {
		t.Error("the oldest key is still known")
	}
}

// TestRefusedAddressCostsTheAccountNothing uses up an address's tries.
func TestRefusedAddressCostsTheAccountNothing(t *testing.T) {
	now := time.Unix(1, 0)
	s := &Service{addresses: newLimiter(time.Hour, 1), places: newLimiter(time.Hour, 2), accounts: newLimiter(time.Hour, 3)}
	admit := func(address string) bool { return s.admit("admin", address, now) == nil }
	if !admit("a") {
		t.Fatal("the first try is refused")
	}
	for range 10 {
		if admit("a") {
			t.Fatal("the address isn't limited")
		}
	}
	if !admit("b") || !admit("c") {
		t.Error("a refused address used up the account's tries")
	}
	if admit("d") {
		t.Error("the account isn't limited over all addresses")
	}
}

// TestStrangersDontLockOut uses up an account's tries from everywhere: where it
// was logged in to before, it still can be.
func TestStrangersDontLockOut(t *testing.T) {
	now := time.Unix(1, 0)
	s := &Service{addresses: newLimiter(time.Hour, 9), places: newLimiter(time.Hour, 2), accounts: newLimiter(time.Hour, 3)}
	s.known.add(place("admin", "home"))
	admit := func(address string) bool { return s.admit("admin", address, now) == nil }
	for i := range 3 {
		if !admit(fmt.Sprint(i)) {
			t.Fatal("a stranger's try is refused too early")
		}
	}
	if admit("3") {
		t.Error("the account isn't limited over all addresses")
	}
	for range 2 {
		if !admit("home") {
			t.Error("strangers locked out where the account was logged in to")
		}
	}
	if admit("home") {
		t.Error("a known place isn't limited")
	}
	for i := range maxKnown {
		s.known.add(fmt.Sprint(i))
	}
	if s.known.has(place("admin", "home")) || len(s.known.seen) != maxKnown {
		t.Errorf("%d places are remembered", len(s.known.seen))
	}
}
