package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/vault"
)

const canary = "canary-5f3a"

func open(t *testing.T, file string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestASecretOpensInItsPlaceAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vault.key")
	v := open(t, file)
	at := vault.Place{Table: "credential", Row: "a", Field: "token", Version: 1}
	sealed, err := v.Seal(vault.NewSecret(canary), at)
	if err != nil || strings.Contains(sealed, canary) {
		t.Fatalf("%s, %v", sealed, err)
	}
	again, _ := v.Seal(vault.NewSecret(canary), at)
	if again == sealed {
		t.Error("the same secret is sealed to the same text")
	}
	if got, err := open(t, file).Unseal(sealed, at); err != nil || got.Reveal() != canary {
		t.Errorf("after a restart: %v", err)
	}
	for name, elsewhere := range map[string]vault.Place{
		"table": {"other", "a", "token", 1, nil}, "row": {"credential", "b", "token", 1, nil}, "field": {"credential", "a", "password", 1, nil},
		"version": {"credential", "a", "token", 2, nil}, "split": {"credential", `a"|"token`, "", 1, nil}, "none": {},
		"use": {"credential", "a", "token", 1, []string{"http.bearer"}},
	} {
		if _, err := v.Unseal(sealed, elsewhere); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("it opens in another %s: %v", name, err)
		}
	}
	for i := range sealed {
		changed := []byte(sealed)
		changed[i] ^= 1
		if _, err := v.Unseal(string(changed), at); !errors.Is(err, vault.ErrSealed) && string(changed) != sealed {
			// The last character of unpadded base64 has bits that mean nothing.
			if i != len(sealed)-1 {
				t.Errorf("changed at %d it opens", i)
			}
		}
	}
	stranger := open(t, filepath.Join(t.TempDir(), "vault.key"))
	if _, err := stranger.Unseal(sealed, at); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("it opens under another key file: %v", err)
	}
}

func TestRotation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vault.key")
	v := open(t, file)
	at := vault.Place{Table: "credential", Row: "a", Field: "token"}
	old, err := v.Seal(vault.NewSecret(canary), at)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Rotate(); err != nil {
		t.Fatal(err)
	}
	if got, err := v.Unseal(old, at); err != nil || got.Reveal() != canary || v.Keys() != 2 {
		t.Fatalf("after rotation: %v, %d keys", err, v.Keys())
	}
	secret, err := v.Unseal(old, at)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := v.Seal(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Retire(); err != nil {
		t.Fatal(err)
	}
	v = open(t, file)
	if got, err := v.Unseal(fresh, at); err != nil || got.Reveal() != canary || v.Keys() != 1 {
		t.Errorf("sealed anew: %v, %d keys", err, v.Keys())
	}
	if _, err := v.Unseal(old, at); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("under a retired key: %v", err)
	}
}

func TestKeyFileIsGuarded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vault.key")
	open(t, file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("open to others: %v", err)
	}
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil || os.Chmod(file, 0o600) != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(file); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("damaged: %v", err)
	}
}

// TestSecretsAreNotPrinted sends one through everything that prints.
func TestSecretsAreNotPrinted(t *testing.T) {
	s := vault.NewSecret(canary)
	holder := struct {
		Token  vault.Secret
		within vault.Secret
	}{s, s}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", s, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", s, "holder", holder)
	encoded, _ := json.Marshal(map[string]any{"s": s, "h": holder})
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x %v %#v", s, s, s, s, s, s, holder, holder)
	if text := out.String() + string(encoded); strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
		t.Error(text)
	}
}
