package contract

import (
	"encoding/json"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// The sandbox runs connectors in a process of the running program, which in a
// test is the test itself, started once more.
func init() { sandbox.ChildIfAsked() }

// Bench runs actions of connector files in the real sandbox, through the real
// egress, toward a world.
type Bench struct {
	Catalog *catalog.Catalog
	blobs   *egress.FolderBlobs
	sandbox *sandbox.Sandbox
	broker  struct{ egress.Broker } // that of the call
	// compiled is the CPU that it took to compile them, of [OpenBundled].
	compiled CPUTime
}

// Open makes a bench of connector files, for the time of a test.
func Open(t testing.TB, files ...[]byte) *Bench {
	t.Helper()
	b := &Bench{Catalog: catalog.New()}
	for _, file := range files {
		if _, err := b.Catalog.Add(file); err != nil {
			t.Fatal(err)
		}
	}
	b.open(t, "")
	return b
}

// open opens the sandbox; an empty cache is a folder of its own.
func (b *Bench) open(t testing.TB, cache string) {
	t.Helper()
	var err error
	if b.blobs, err = egress.NewFolderBlobs(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if b.sandbox, err = sandbox.New(sandbox.Options{Catalog: b.Catalog, Blobs: b.blobs, Broker: &b.broker, CacheDir: cache}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.sandbox.Close(); err != nil {
			t.Error(err)
		}
		_ = b.blobs.Close()
	})
}

// Call is one call of an action.
type Call struct {
	Connector, Action string
	// Input is anything that encodes to a JSON object.
	Input any
	// Credential is nil where the node names none.
	Credential *app.GivenCredential
	// Grant is what the connector may do; nil is what its manifest asks for.
	Grant *catalog.Grant
	// Unapplied says that the credential is there, not put into requests, and signs none.
	Unapplied bool
}

// Run runs a call and answers what it did. A test of a connector ends where the
// sandbox itself fails.
func (b *Bench) Run(t testing.TB, w *World, c Call) abi.Answer {
	t.Helper()
	con, err := b.Catalog.Connector(c.Connector, "")
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(c.Input)
	if err != nil {
		t.Fatal(err)
	}
	grant := catalog.Asked(con.Manifest.Capabilities)
	if c.Grant != nil {
		grant = *c.Grant
	}
	powers := app.Powers{Grants: map[string]catalog.Grant{c.Connector: grant}, HTTP: w.Transport()}
	if c.Credential != nil {
		powers.Credentials = map[string]app.GivenCredential{"test": *c.Credential}
	}
	broker, credential, err := powers.Broker(b.Catalog, b.blobs, false)
	if err != nil {
		t.Fatal(err)
	}
	if credential != nil && c.Unapplied {
		credential.Type.Apply, credential.Type.Sign = "none", nil
	}
	b.broker.Broker = broker
	res, err := b.sandbox.Invoke(t.Context(), sandbox.Call{
		RunID: "run", StepKey: "step", Attempt: 1, Key: "key", Connector: c.Connector, Version: con.Manifest.Version,
		Action: c.Action, Input: input, Credential: credential,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range res.Logs {
		if l.Level == "error" {
			t.Log(l.Message)
		}
	}
	return abi.Answer{Output: res.Output, Error: res.Error}
}
