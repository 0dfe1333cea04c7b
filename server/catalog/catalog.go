package catalog

import (
	"cmp"
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/mod/semver"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Module is one .wasm file. Several connectors may share it.
type Module struct {
	// Digest is the lower-case hex SHA-256 of the whole file, uncompressed.
	Digest string
	// Size is the size of the file in bytes, uncompressed.
	Size int
	// Bundled says that the file came with the server, whose connectors count
	// as consented.
	Bundled bool
	// Compiled is the digest of what is compiled: Digest, or, of a connector in
	// JavaScript, that of the engine it shares with all others.
	Compiled string
	// Connectors are those that the module carries, in the manifest's order.
	Connectors []*Connector

	read func() ([]byte, error)
}

// Code reads the module's code: the file without its drawbridge.* sections but
// those of a script. The bytes aren't kept, because only starting a sandbox needs
// them.
func (m *Module) Code() ([]byte, error) {
	file, err := m.read()
	if err != nil {
		return nil, err
	}
	return stripped(file, func(name string) bool { return isOwn(name) && !isScript(name) })
}

// Connector is one connector of a version, ready to be looked up. It is never
// changed once it is in a catalog.
type Connector struct {
	Manifest abi.Manifest
	Module   *Module

	actions map[string]*Action
}

// Action answers the action of an id, nil if there is none.
func (c *Connector) Action(id string) *Action { return c.actions[id] }

// Action is an action with its limits and schemas made ready.
type Action struct {
	abi.Action
	// Timeout is the declared deadline of one call, or the default.
	Timeout time.Duration
	// Pages is the most linear memory of a call, in pages of 64 KiB.
	Pages        uint32
	InputSchema  *jsonschema.Schema
	OutputSchema *jsonschema.Schema
}

// Catalog holds the connectors that are installed. Reads are safe at any time
// and see one consistent state; Load and Add replace that state as a whole.
type Catalog struct {
	mu    sync.Mutex // serialises Load and Add
	state atomic.Pointer[state]
	code  code
	// checkScript is set before the catalog is used.
	checkScript func(source string) error
}

// state is never changed after it is published.
type state struct {
	modules map[string]*Module               // by digest
	byID    map[string]map[string]*Connector // id, then version
}

// New makes an empty catalog, which knows the core nodes and triggers.
func New() *Catalog {
	c := &Catalog{code: code{known: map[string]*list.Element{}, order: list.New()}}
	c.state.Store(&state{modules: map[string]*Module{}, byID: map[string]map[string]*Connector{}})
	return c
}

// Load adds every *.wasm and *.wasm.zst file of a folder as a bundled
// connector. It adds all or, on an error, none.
func (c *Catalog) Load(fsys fs.FS) error {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.state.Load().clone()
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(strings.TrimSuffix(name, ".zst"), ".wasm") {
			continue
		}
		m, err := ReadModule(func() ([]byte, error) { return ReadFile(fsys, name) })
		if err == nil {
			m.Bundled = true
			err = next.add(m)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	c.state.Store(next)
	return nil
}

// Add adds one connector file. Adding the same file again is no error; the same
// connector and version with other bytes is.
func (c *Catalog) Add(file []byte) (*Module, error) {
	file = slices.Clone(file)
	m, err := ReadModule(func() ([]byte, error) { return file, nil })
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.state.Load().clone()
	if err := next.add(m); err != nil {
		return nil, err
	}
	c.state.Store(next)
	return next.modules[m.Digest], nil
}

// Remove takes a module out. Runs that name its connectors by version then say
// what is missing.
func (c *Catalog) Remove(digest string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.state.Load().clone()
	m := next.modules[digest]
	if m == nil {
		return
	}
	delete(next.modules, digest)
	for _, con := range m.Connectors {
		if delete(next.byID[con.Manifest.ID], con.Manifest.Version); len(next.byID[con.Manifest.ID]) == 0 {
			delete(next.byID, con.Manifest.ID)
		}
	}
	c.state.Store(next)
}

// ReadModule reads and validates a connector file. The function is called once
// now and again each time the code is wanted; it must answer the same bytes.
func ReadModule(read func() ([]byte, error)) (*Module, error) {
	file, err := read()
	if err != nil {
		return nil, err
	}
	list, err := ReadManifests(file)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(file)
	m := &Module{Digest: hex.EncodeToString(sum[:]), Size: len(file), read: read}
	if m.Compiled, err = compiledDigest(file, m.Digest); err != nil {
		return nil, err
	}
	for _, manifest := range list {
		con, err := compileManifest(manifest)
		if err != nil {
			return nil, err
		}
		con.Module = m
		m.Connectors = append(m.Connectors, con)
	}
	return m, nil
}

// ReadFile reads a .wasm or .wasm.zst file, at most MaxFile bytes of it
// uncompressed.
func ReadFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	var r io.Reader = f
	if strings.HasSuffix(name, ".zst") {
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(MaxFile))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	}
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(b) > MaxFile {
		err = tooLarge(len(b))
	}
	return b, err
}

// ByDigest answers the module of a digest, nil if there is none.
func (c *Catalog) ByDigest(digest string) *Module { return c.state.Load().modules[digest] }

// Connector answers a connector by id and exact version; an empty version is
// the latest. The error says what is there instead.
func (c *Catalog) Connector(id, version string) (*Connector, error) {
	if id == CodeConnector {
		if con, known := c.Code(version); known {
			return con, nil
		}
	}
	versions := c.state.Load().byID[id]
	if len(versions) == 0 {
		return nil, &UnknownError{Connector: id}
	}
	if version == "" {
		return latest(versions), nil
	}
	if con := versions[version]; con != nil {
		return con, nil
	}
	return nil, &UnknownError{Connector: id, Version: version, Have: order(versions)}
}

// Connectors answers every version of every connector, by id, the newest first.
func (c *Catalog) Connectors() []*Connector {
	s := c.state.Load()
	var all []*Connector
	for _, id := range slices.Sorted(maps.Keys(s.byID)) {
		for _, v := range order(s.byID[id]) {
			all = append(all, s.byID[id][v])
		}
	}
	return all
}

func (s *state) clone() *state {
	next := &state{modules: maps.Clone(s.modules), byID: make(map[string]map[string]*Connector, len(s.byID))}
	for id, versions := range s.byID {
		next.byID[id] = maps.Clone(versions)
	}
	return next
}

func (s *state) add(m *Module) error {
	if s.modules[m.Digest] != nil {
		return nil
	}
	s.modules[m.Digest] = m
	for _, con := range m.Connectors {
		id, version := con.Manifest.ID, con.Manifest.Version
		if id == CodeConnector {
			return fmt.Errorf("the id %q is reserved for the scripts of nodes: choose another", id)
		}
		if old := s.byID[id][version]; old != nil {
			return fmt.Errorf("connector %s %s is installed with other bytes (digest %s, this file has %s): raise its version", id, version, old.Module.Digest[:12], m.Digest[:12])
		}
		if s.byID[id] == nil {
			s.byID[id] = map[string]*Connector{}
		}
		s.byID[id][version] = con
	}
	return nil
}

// latest prefers a release over a pre-release of any number.
func latest(versions map[string]*Connector) *Connector {
	all := order(versions)
	for _, v := range all {
		if semver.Prerelease("v"+v) == "" {
			return versions[v]
		}
	}
	return versions[all[0]]
}

// order answers the versions, the newest first. Build metadata has no rank, so
// the text decides between versions that differ in it alone.
func order(versions map[string]*Connector) []string {
	return slices.SortedFunc(maps.Keys(versions), func(a, b string) int {
		return cmp.Or(semver.Compare("v"+b, "v"+a), strings.Compare(b, a))
	})
}
