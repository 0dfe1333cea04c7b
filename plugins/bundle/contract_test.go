package main

// What is here holds the bundled connectors that send requests, in TypeScript and in
// Go, to the contracts of the systems that they are for.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/drawbridge-soar/drawbridge/plugins"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/cli"
	"github.com/drawbridge-soar/drawbridge/server/testkit/contract"
)

// scripts is the file of the connectors in TypeScript, made of the source as it is.
var scripts = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "drawbridge-scripts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "scripts.wasm")
	var stdout, stderr bytes.Buffer
	if code := cli.Run([]string{"plugin", "build", "scripts", "--out", out}, nil, &stdout, &stderr); code != 0 {
		return nil, fmt.Errorf("plugin build: %s", stderr.String())
	}
	return os.ReadFile(out)
})

func open(t *testing.T) *contract.Bench {
	t.Helper()
	inScript, err := scripts()
	if err != nil {
		t.Fatal(err)
	}
	inGo, err := catalog.ReadFile(plugins.Dist, "dist/bundle.wasm.zst")
	if err != nil {
		t.Fatalf("the bundle of Go connectors isn't built: make plugins/dist/bundle.wasm.zst (%v)", err)
	}
	return contract.Open(t, inScript, inGo)
}

// asking are the connectors that send requests, and open no streams of their own beside
// them: those have servers in their own tests.
func asking(b *contract.Bench) []abi.Manifest {
	var list []abi.Manifest
	for _, c := range b.Catalog.Connectors() {
		if p := c.Manifest.Capabilities; len(p.HTTP) > 0 && len(p.Net) == 0 {
			list = append(list, c.Manifest)
		}
	}
	return list
}

// example is one example of a manifest.
type example struct {
	abi.Example
	action string
}

func examplesOf(m abi.Manifest) []example {
	var list []example
	for _, a := range m.Actions {
		for _, e := range a.Examples {
			list = append(list, example{e, a.ID})
		}
	}
	return list
}

// credentialsOf are what an action is given in turn: each of its service's that is for it,
// or none.
func credentialsOf(connector, action string) []*app.GivenCredential {
	var list []*app.GivenCredential
	service := contract.Services()[connector]
	for _, c := range service.Credentials {
		if service.Fits(c, action) {
			list = append(list, &c)
		}
	}
	if len(list) == 0 {
		list = append(list, nil)
	}
	return list
}

// TestExamples runs every example of every connector, but for those that open streams of
// their own, in the sandbox: what sends requests under each of its credentials, toward
// the system that it is for.
func TestExamples(t *testing.T) {
	b := open(t)
	for _, c := range b.Catalog.Connectors() {
		m := c.Manifest
		if len(m.Capabilities.Net) > 0 {
			continue // their own tests have servers for them
		}
		if _, known := contract.Services()[m.ID]; !known && len(m.Capabilities.HTTP) > 0 {
			t.Errorf("%s sends requests and has no stand-in: add one to server/testkit/contract", m.ID)
			continue
		}
		for _, e := range examplesOf(m) {
			for _, c := range credentialsOf(m.ID, e.action) {
				t.Run(m.ID+"."+e.action+"/"+e.Name+kindOf(c), func(t *testing.T) {
					got := b.Run(t, contract.NewWorld(t), contract.Call{Connector: m.ID, Action: e.action, Input: e.Input, Credential: c})
					for _, fault := range b.Faults(t, m.ID, e.action, e.Example, got) {
						t.Error(fault)
					}
				})
			}
		}
		for _, a := range m.Actions {
			if !slices.ContainsFunc(a.Examples, func(e abi.Example) bool { return e.Error == nil }) {
				t.Errorf("%s.%s has no example that succeeds", m.ID, a.ID)
			}
		}
	}
}

// secret says whether a credential holds a secret, and not the place of a system alone.
func secret(b *contract.Bench, c *app.GivenCredential) bool {
	t, _ := b.Catalog.CredentialType(c.Type)
	return len(t.Secret) > 0
}

func kindOf(c *app.GivenCredential) string {
	if c == nil {
		return ""
	}
	return "/" + c.Type
}

// TestEachCapabilityIsNeeded takes each power away in turn and sees an example fail:
// each host with each of its methods, each host whole, the credential's way into
// requests, and the credential.
func TestEachCapabilityIsNeeded(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a call for each power and fault; not in short mode")
	}
	b := open(t)
	for _, m := range asking(b) {
		service := contract.Services()[m.ID]
		// fails says whether an example fails with what a change leaves: of one credential
		// those of the actions that it is for, and else each with its first.
		fails := func(only *app.GivenCredential, change func(*contract.Call)) bool {
			return slices.ContainsFunc(examplesOf(m), func(e example) bool {
				call := contract.Call{Connector: m.ID, Action: e.action, Input: e.Input, Credential: only}
				if only == nil {
					call.Credential = credentialsOf(m.ID, e.action)[0]
				} else if !service.Fits(*only, e.action) {
					return false
				}
				change(&call)
				got := b.Run(t, contract.NewWorld(t), call)
				return len(e.Differences(got.Output, got.Error)) > 0
			})
		}
		for _, less := range contract.Less(m.Capabilities) {
			if !fails(nil, func(c *contract.Call) { c.Grant = &less.Grant }) {
				t.Errorf("%s: without %s every example still holds: the manifest asks for too much, or an example lacks", m.ID, less.Without)
			}
		}
		for _, c := range service.Credentials {
			if service.Optional {
				continue
			}
			if secret(b, &c) && !fails(&c, func(call *contract.Call) { call.Unapplied = true }) {
				t.Errorf("%s: without %s in requests every example still holds", m.ID, c.Type)
			}
			if !fails(&c, func(call *contract.Call) { call.Credential = nil }) {
				t.Errorf("%s: without %s every example still holds", m.ID, c.Type)
			}
		}
	}
}

// TestFaults sees every action deal with what goes wrong between two systems.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a call for each power and fault; not in short mode")
	}
	b := open(t)
	for _, m := range asking(b) {
		if m.ID == "http" {
			continue // it hands on what there is
		}
		for _, a := range m.Actions {
			i := slices.IndexFunc(a.Examples, func(e abi.Example) bool { return e.Error == nil })
			if i < 0 || a.Effect == abi.EffectNone {
				continue
			}
			for _, tt := range []struct {
				fault      contract.Fault
				code       string
				retryable  bool
				retryAfter string
			}{
				{contract.Limited, abi.CodeRateLimited, true, fmt.Sprintf("%ds", contract.RetryAfter)},
				{contract.Failing, abi.CodeUnavailable, true, ""},
				{contract.Cut, abi.CodeUnavailable, true, ""},
				{contract.Oversized, abi.CodeTooLarge, false, ""},
				{contract.Garbled, "bad_answer", false, ""},
			} {
				t.Run(m.ID+"."+a.ID+"/"+string(tt.fault), func(t *testing.T) {
					w := contract.NewWorld(t)
					w.Break(tt.fault)
					got := b.Run(t, w, contract.Call{Connector: m.ID, Action: a.ID, Input: a.Examples[i].Input, Credential: credentialsOf(m.ID, a.ID)[0]})
					if got.Error == nil || got.Error.Code != tt.code || got.Error.Retryable != tt.retryable || !sameWait(got.Error.RetryAfter, tt.retryAfter) {
						t.Errorf("answered %s %+v, want %s", got.Output, got.Error, tt.code)
					}
				})
			}
			t.Run(m.ID+"."+a.ID+"/wrong credential", func(t *testing.T) {
				for _, c := range credentialsOf(m.ID, a.ID) {
					if c == nil || contract.Services()[m.ID].Optional || !secret(b, c) {
						continue
					}
					wrong := b.Spoil(*c)
					got := b.Run(t, contract.NewWorld(t), contract.Call{Connector: m.ID, Action: a.ID, Input: a.Examples[i].Input, Credential: &wrong})
					if got.Error == nil || got.Error.Code != abi.CodeDenied {
						t.Errorf("%s: answered %s %+v, want denied", c.Type, got.Output, got.Error)
					}
				}
			})
		}
	}
}

// TestOptionalCredential sees a key that isn't asked for put in where there is one, and
// sent to its own host alone.
func TestOptionalCredential(t *testing.T) {
	b := open(t)
	wrong := b.Spoil(*credentialsOf("vulns", "cve")[0])
	for action, code := range map[string]string{"cve": abi.CodeDenied, "kev": "", "epss": ""} {
		input := map[string]any{"ids": []string{"CVE-2024-3400"}}
		if action == "cve" {
			input = map[string]any{"id": "CVE-2024-3400"}
		}
		got := b.Run(t, contract.NewWorld(t), contract.Call{Connector: "vulns", Action: action, Input: input, Credential: &wrong})
		if code == "" && got.Error != nil || code != "" && (got.Error == nil || got.Error.Code != code) {
			t.Errorf("%s: %s %v", action, got.Output, got.Error)
		}
	}
}

// sameWait compares durations; "" is any.
func sameWait(got, want string) bool {
	return want == "" || contract.Seconds(got) == contract.Seconds(want)
}
