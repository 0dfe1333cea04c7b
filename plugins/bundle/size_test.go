package main

import (
	"io/fs"
	"testing"

	"github.com/drawbridge-soar/drawbridge/plugins"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// TestTheImageFits holds the memory that every action begins with below what an action
// has where it asks for no more: a connector too many, or an example that takes too much
// while warming up, would stop all of them.
func TestTheImageFits(t *testing.T) {
	code := build(t)
	m := start(t, code)
	before := m.Memory().Size() >> 16
	m.call(t, abi.ExportWarm)
	pages := m.Memory().Size() >> 16
	t.Logf("the module has %d KiB; its memory begins with %d pages, warmed up with %d", len(code)>>10, before, pages)
	if pages > abi.DefaultPages {
		t.Errorf("warmed up it takes %d pages of 64 KiB, and an action has %d", pages, abi.DefaultPages)
	}
}

// TestTheFilesFit holds the connectors below what they may take of the program.
func TestTheFilesFit(t *testing.T) {
	files, err := fs.Sub(plugins.Dist, "dist")
	if err != nil {
		t.Fatal(err)
	}
	if packed := packedSize(t, files); packed > mostPacked {
		t.Errorf("they take %d bytes, and have %d", packed, mostPacked)
	}
}
