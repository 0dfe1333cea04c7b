package sandbox

import (
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"
	"golang.org/x/sys/unix"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// systemPage is the unit in which memory is watched and put back.
const systemPage = 4 << 10

// maxCopied is up to how many pages are copied back after a call, and stay the
// instance's own. More are given up, and come again from the image as they are
// touched, each at the price of a fault.
const maxCopied = 256

// image is the state that every call of a module starts from: its memory and
// mutable globals after its initialisation. All instances share the memory's
// pages until they write to them.
type image struct {
	store   imageStore
	memory  []byte // read only
	globals []uint64
	layout  *wasm.Layout
	buffer  uint64 // what drawbridge_buf answered
}

// errFull says that an instance's memory is as large as it may ever be, so that
// it can't be made smaller by way of growing it.
var errFull = errors.New("the memory is at its maximum")

// takeImage keeps the state of an instance that was initialised, and puts the
// instance itself on the image.
func takeImage(i *instance, layout *wasm.Layout) (*image, error) {
	size := i.memory.Size()
	now, ok := i.memory.Read(0, size)
	if !ok {
		return nil, errors.New("the memory can't be read")
	}
	img := &image{layout: layout, globals: make([]uint64, len(layout.Globals)), buffer: i.stack[0]}
	for n, g := range layout.Globals {
		global := i.mod.ExportedGlobal(g.Export)
		if global == nil {
			return nil, fmt.Errorf("the global %s is not exported", g.Export)
		}
		img.globals[n] = global.Get()
	}
	if err := img.store.keep(now); err != nil {
		return nil, fmt.Errorf("keep the image of its memory: %w", err)
	}
	img.memory = img.store.bytes
	if err := img.place(i); err != nil {
		return nil, err
	}
	return img, nil
}

// place puts an instance that has run nothing yet, or is the image's origin,
// into the state of the image.
func (img *image) place(i *instance) error {
	i.globals = make([]api.MutableGlobal, len(img.layout.Globals))
	for n, g := range img.layout.Globals {
		global, ok := i.mod.ExportedGlobal(g.Export).(api.MutableGlobal)
		if !ok {
			return fmt.Errorf("the global %s is not exported as mutable", g.Export)
		}
		i.globals[n] = global
		if g.Export == wasm.FuelExport {
			i.fuel = global
		}
	}
	if i.fuel == nil {
		return errors.New("the module counts no fuel")
	}
	size := uint64(len(img.memory))
	if have := uint64(i.memory.Size()); have < size {
		if _, ok := i.memory.Grow(uint32((size - have) / pageSize)); !ok {
			return errors.New("there is no room for the image of its memory")
		}
	}
	if err := img.store.mapOver(i.linear.region[:size]); err != nil {
		return fmt.Errorf("map the image of its memory: %w", err)
	}
	img.putGlobals(i)
	i.bufPtr, i.bufCap = uint32(img.buffer>>32), uint32(img.buffer)
	return nil
}

func (img *image) putGlobals(i *instance) {
	for n, g := range i.globals {
		g.Set(img.globals[n])
	}
}

// reset puts an instance back into the state of the image after a call. An
// instance that it fails for must not run again.
func (img *image) reset(i *instance) error {
	m := i.linear
	size := uint64(len(img.memory))
	if err := img.store.restore(m.region[:size]); err != nil {
		return err
	}
	if m.used > size {
		if err := unix.Madvise(m.region[size:m.used], unix.MADV_DONTNEED); err != nil {
			return err
		}
	}
	if uint64(i.memory.Size()) > size {
		if err := img.shrink(i); err != nil {
			return err
		}
	}
	img.putGlobals(i)
	return nil
}

// shrink makes a grown memory as small as the image. The runtime only knows how
// to grow: it asks the allocator for one page more and takes what it is given.
func (img *image) shrink(i *instance) error {
	i.linear.shrinkTo = uint64(len(img.memory))
	_, ok := i.memory.Grow(1)
	i.linear.shrinkTo = 0
	if !ok {
		return errFull
	}
	return nil
}

// matches says whether an instance is in the state of the image, byte for byte.
func (img *image) matches(i *instance) bool {
	if uint64(i.memory.Size()) != uint64(len(img.memory)) {
		return false
	}
	for n, g := range i.globals {
		if g.Get() != img.globals[n] {
			return false
		}
	}
	return string(i.linear.region[:len(img.memory)]) == string(img.memory)
}
