// Package quickjs carries the JavaScript engine that all JavaScript connectors
// share: QuickJS-ng as the npm package quickjs-wasi compiles it to WebAssembly.
// A connector's file is the engine, byte for byte, with sections of its own; the
// sandbox knows it by its digest. See README.md for where it is from.
package quickjs

import (
	"crypto/sha256"
	_ "embed" // the engine
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	// Version is that of the npm package quickjs-wasi.
	Version = "3.6.2"
	// Digest is the lower-case hex SHA-256 of the engine. It is the only module
	// that the sandbox gives more imports than any other.
	Digest = "d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9"

	size = 637_405
)

//go:embed quickjs.wasm.zst
var packed []byte

// Engine answers the engine. The bytes are shared: don't change them.
var Engine = sync.OnceValues(func() ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	engine, err := d.DecodeAll(packed, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("unpack the JavaScript engine: %w", err)
	}
	if got := Sum(engine); got != Digest {
		return nil, fmt.Errorf("the JavaScript engine in this program has the digest %s, it must be %s", got, Digest)
	}
	return engine, nil
})

// Sum answers the digest of a module as Digest is written.
func Sum(module []byte) string {
	sum := sha256.Sum256(module)
	return hex.EncodeToString(sum[:])
}
