package wasm_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

func TestOwnSections(t *testing.T) {
	m := wasmtest.Connector(wasmtest.Answer)
	m.Customs = map[string][]byte{"producers": {1, 2, 3}}
	plain := m.Bytes()
	with, err := wasm.AppendOwn(plain, "drawbridge.manifest", []byte(`{"id":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	if with, err = wasm.AppendOwn(with, "drawbridge.script", []byte("export")); err != nil {
		t.Fatal(err)
	}
	own, err := wasm.CustomSections(with, wasm.OwnPrefix)
	if err != nil || len(own) != 2 || own[0].Name != "drawbridge.manifest" || string(own[0].Data) != `{"id":"x"}` || string(own[1].Data) != "export" {
		t.Errorf("sections %q, %v", own, err)
	}
	if all, err := wasm.CustomSections(with, ""); err != nil || len(all) != 3 || !bytes.Equal(all[0].Data, []byte{1, 2, 3}) {
		t.Errorf("all sections %q, %v", all, err)
	}
	if stripped, err := wasm.StripOwn(with); err != nil || !bytes.Equal(stripped, plain) {
		t.Errorf("stripped to %d bytes of %d, %v", len(stripped), len(plain), err)
	}
	a, _ := instrument(t, plain)
	b, _ := instrument(t, with)
	if !bytes.Equal(a, b) {
		t.Error("modules that differ in their own sections alone are instrumented differently")
	}
}

func TestAppendOwnRefuses(t *testing.T) {
	plain := wasmtest.Connector("").Bytes()
	for name, err := range map[string]error{
		"must begin with":      second(wasm.AppendOwn(plain, "name", nil)),
		"at most 256 bytes":    second(wasm.AppendOwn(plain, wasm.OwnPrefix+strings.Repeat("x", 256), nil)),
		"header of version 1":  second(wasm.AppendOwn([]byte("text"), "drawbridge.x", nil)),
		"make the connector s": second(wasm.AppendOwn(plain, "drawbridge.x", make([]byte, wasm.MaxFile))),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ []byte, err error) error { return err }
