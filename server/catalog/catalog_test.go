package catalog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// empty is the smallest module there is: a header and no sections.
var empty = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

func manifest(id, version string) abi.Manifest {
	object := json.RawMessage(`{"type":"object"}`)
	return abi.Manifest{
		ID: id, Version: version, ABI: abi.Version, Name: "Demo", Description: "Shows.", Category: "Mail",
		Actions: []abi.Action{{
			ID: "go", Name: "Go", Description: "Goes.", Input: object, Output: object, Effect: abi.EffectRead,
			Timeout: "5s", MemoryPages: 512,
		}},
	}
}

func file(t *testing.T, manifests ...abi.Manifest) []byte {
	t.Helper()
	var v any = manifests
	if len(manifests) == 1 {
		v = manifests[0]
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := catalog.AppendSection(empty, abi.ManifestSection, raw)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLoadReadsPlainAndCompressedFiles(t *testing.T) {
	z, _ := zstd.NewWriter(nil)
	packed := z.EncodeAll(file(t, manifest("ioc", "1.0.0"), manifest("email", "1.0.0")), nil)
	c := catalog.New()
	err := c.Load(fstest.MapFS{
		"a.wasm":     {Data: file(t, manifest("demo", "1.2.0"))},
		"b.wasm.zst": {Data: packed},
		"README.md":  {Data: []byte("no connector")},
	})
	if err != nil {
		t.Fatal(err)
	}
	email, err := c.Connector("email", "")
	if err != nil {
		t.Fatal(err)
	}
	ioc, _ := c.Connector("ioc", "1.0.0")
	if email.Module != ioc.Module || c.ByDigest(ioc.Module.Digest) != ioc.Module || !ioc.Module.Bundled {
		t.Error("two connectors of one file do not share its module")
	}
	code, err := email.Module.Code()
	if err != nil || !bytes.Equal(code, empty) {
		t.Errorf("Code() = %x, %v; want the module without its own sections", code, err)
	}
}

func TestAllNodeTypesAreOfEveryVersionTheNewestFirst(t *testing.T) {
	c := catalog.New()
	if err := c.Load(fstest.MapFS{"a.wasm": {Data: file(t, manifest("demo", "1.0.0"))}, "b.wasm": {Data: file(t, manifest("demo", "1.1.0"))}}); err != nil {
		t.Fatal(err)
	}
	versions := func(types []catalog.NodeType) (list []string) {
		for _, n := range types {
			if n.Connector == "demo" {
				list = append(list, n.Version)
			}
		}
		return list
	}
	if all, newest := versions(c.AllNodeTypes()), versions(c.NodeTypes()); !slices.Equal(all, []string{"1.1.0", "1.0.0"}) || !slices.Equal(newest, []string{"1.1.0"}) {
		t.Errorf("all %v, newest %v", all, newest)
	}
}

func TestLoadAddsNothingWhenOneFileIsBad(t *testing.T) {
	c := catalog.New()
	err := c.Load(fstest.MapFS{"a.wasm": {Data: file(t, manifest("demo", "1.0.0"))}, "b.wasm": {Data: empty}})
	if err == nil || !strings.Contains(err.Error(), "b.wasm") {
		t.Errorf("error %v does not name the bad file", err)
	}
	if len(c.Connectors()) != 0 {
		t.Error("the good file was added")
	}
}

func TestAddRefusesOtherBytesForOneVersion(t *testing.T) {
	c := catalog.New()
	m := manifest("demo", "1.0.0")
	if _, err := c.Add(file(t, m)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Add(file(t, m)); err != nil {
		t.Errorf("the same file again: %v", err)
	}
	m.Description = "Shows more."
	if _, err := c.Add(file(t, m)); err == nil || !strings.Contains(err.Error(), "raise its version") {
		t.Errorf("other bytes: %v", err)
	}
}

func TestLatestPrefersReleases(t *testing.T) {
	c := catalog.New()
	for _, v := range []string{"1.9.0", "1.10.0", "2.0.0-rc.1"} {
		if _, err := c.Add(file(t, manifest("demo", v))); err != nil {
			t.Fatal(err)
		}
	}
	if con, _ := c.Connector("demo", ""); con.Manifest.Version != "1.10.0" {
		t.Errorf("latest is %s", con.Manifest.Version)
	}
	n, err := c.NodeType("demo.go", map[string]string{"demo": "1.9.0"})
	if err != nil || n.Version != "1.9.0" || n.MemoryPages != 512 || n.Timeout.Seconds() != 5 || n.Schema() == nil {
		t.Errorf("pinned node type %+v, %v", n, err)
	}
}

func TestNodeTypeSaysWhatIsThere(t *testing.T) {
	c := catalog.New()
	if _, err := c.Add(file(t, manifest("demo", "1.0.0"))); err != nil {
		t.Fatal(err)
	}
	for typ, want := range map[string]string{
		"core.nope":  "core.foreach",
		"core":       "there is no node type core",
		"absent.go":  "connector absent is not installed",
		"demo.other": "has no action demo.other: use one of demo.go",
	} {
		_, err := c.NodeType(typ, nil)
		var unknown *catalog.UnknownError
		if !errors.As(err, &unknown) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", typ, err, want)
		}
	}
	if _, err := c.NodeType("demo.go", map[string]string{"demo": "9.0.0"}); err == nil || !strings.Contains(err.Error(), "1.0.0") {
		t.Errorf("missing version: %v", err)
	}
}

func TestBuiltInsAreComplete(t *testing.T) {
	all := catalog.New().NodeTypes()
	if len(all) != 51 {
		t.Errorf("%d built-in types", len(all))
	}
	for _, n := range all {
		if n.Name == "" || n.Description == "" || n.Category == "" || n.Icon == "" || n.Ports == nil || n.Examples == nil || n.Schema() == nil {
			t.Errorf("%s: %+v lacks something the designer shows", n.Type, n)
		}
		// A note only stands there; of all others the help shows what they are given and give.
		if len(n.Examples) == 0 && n.Type != "core.note" {
			t.Errorf("%s: no example", n.Type)
		}
		for _, e := range n.Examples {
			if e.Output == nil {
				t.Errorf("%s: example %s gives nothing", n.Type, e.Name)
			}
			var v any
			if err := json.Unmarshal(e.Input, &v); err != nil {
				t.Error(err)
			} else if err := n.Schema().Validate(v); err != nil {
				t.Errorf("%s: example %s: %v", n.Type, e.Name, err)
			}
		}
	}
}
