package sandbox

import (
	"testing"
	"time"
)

// smallest is a module that says nothing and does nothing.
var smallest = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

func TestIdleModulesAreUnloaded(t *testing.T) {
	m, err := newMachine(t.Context(), hello{Idle: time.Minute, InstanceIdle: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer m.runtime.Close(t.Context())
	digest := [32]byte{1}
	mod := m.module(digest)
	if !mod.claim() || mod.claim() {
		t.Error("not exactly one call loads the module")
	}
	if mod.compiled, err = m.runtime.CompileModule(t.Context(), smallest); err != nil {
		t.Fatal(err)
	}
	m.finish(mod, digest, nil)
	later := time.Now().Add(time.Hour)
	if m.dropIdle(t.Context(), later); m.modules[digest] != mod {
		t.Error("a module was unloaded under a call")
	}
	m.release(t.Context(), mod, nil, true)
	if m.dropIdle(t.Context(), time.Now()); m.modules[digest] != mod {
		t.Error("a module was unloaded at once")
	}
	if m.dropIdle(t.Context(), later); len(m.modules) > 0 {
		t.Error("an idle module stays")
	}
}
