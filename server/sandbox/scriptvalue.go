package sandbox

import (
	"context"
	"encoding/binary"
)

// place writes bytes into memory of the guest's, ended by a zero, and answers
// where. The caller frees it.
func (s *scriptGuest) place(ctx context.Context, p []byte) (uint32, error) {
	at, err := s.do(ctx, s.malloc, uint64(len(p)+1))
	if err != nil {
		return 0, err
	}
	if at == 0 || !s.memory.Write(at, p) || !s.memory.WriteByte(at+uint32(len(p)), 0) {
		return 0, fail(failCrashed, "has no room for %d bytes in its memory", len(p))
	}
	return at, nil
}

// text makes a value of the engine's of UTF-8.
func (s *scriptGuest) text(ctx context.Context, p []byte) (uint32, error) {
	at, fits := s.script.state.buffer, len(p) <= scriptBuffer
	if fits && s.memory.Write(at, p) {
		return s.do(ctx, s.newString, uint64(at), uint64(len(p)))
	}
	at, err := s.place(ctx, p)
	if err != nil {
		return 0, err
	}
	value, err := s.do(ctx, s.newString, uint64(at), uint64(len(p)))
	if err == nil {
		_, err = s.do(ctx, s.mfree, uint64(at))
	}
	return value, err
}

// json makes a value of the engine's of JSON, in the cell for one value; 0 where
// the engine doesn't like it.
func (s *scriptGuest) json(ctx context.Context, p []byte) (uint32, error) {
	at := s.script.state.buffer
	if len(p) > scriptBuffer || !s.memory.Write(at, p) || !s.memory.WriteByte(at+uint32(len(p)), 0) {
		var err error
		if at, err = s.place(ctx, p); err != nil {
			return 0, err
		}
	}
	st := &s.script.state
	copy(s.stack[:], []uint64{uint64(st.context), uint64(at), uint64(len(p)), uint64(st.name)})
	if err := s.parse.CallWithStack(ctx, s.stack[:]); err != nil {
		return 0, err
	}
	value := s.stack[0]
	if tag(value) == tagException {
		_, err := s.do(ctx, s.exception) // it isn't in flight any more
		return 0, err
	}
	s.memory.WriteUint64Le(st.cells+cellValue, value)
	return st.cells + cellValue, nil
}

// read answers the UTF-8 of a value that is a text. The bytes lie in the guest's
// memory, until the text at is freed.
func (s *scriptGuest) read(ctx context.Context, value uint32) (p []byte, at uint32, ok bool, err error) {
	is, err := s.do(ctx, s.isString, uint64(value))
	if err != nil || is == 0 {
		return nil, 0, false, err
	}
	cell := s.script.state.cells + cellLength
	at, err = s.do(ctx, s.stringAt, uint64(value), uint64(cell))
	if err != nil || at == 0 {
		return nil, 0, false, err
	}
	n, _ := s.memory.ReadUint32Le(cell)
	p, ok = s.memory.Read(at, n)
	return p, at, ok, nil
}

// bytes answers the bytes of a value that is a Uint8Array, or the UTF-8 of a
// text. They lie in the guest's memory, and hold until it runs.
func (s *scriptGuest) bytes(ctx context.Context, value uint32) ([]byte, bool, error) {
	p, _, ok, err := s.read(ctx, value)
	if err != nil || ok {
		return p, ok, err
	}
	cells := s.script.state.cells
	buffer, err := s.do(ctx, s.bufferOf, uint64(value), uint64(cells+cellOffset), uint64(cells+cellLength), uint64(cells+cellElement))
	if err != nil || buffer == 0 {
		return nil, false, err
	}
	if is, err := s.do(ctx, s.isException, uint64(buffer)); err != nil || is != 0 {
		return nil, false, err
	}
	raw, _ := s.memory.Read(cells+cellLength, 8)
	size, offset := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:])
	at, err := s.do(ctx, s.bytesAt, uint64(buffer), uint64(cells+cellElement))
	if err != nil {
		return nil, false, err
	}
	if _, err := s.do(ctx, s.free, uint64(buffer)); err != nil {
		return nil, false, err
	}
	if size == 0 {
		return []byte{}, true, nil
	}
	p, ok = s.memory.Read(at+offset, size)
	return p, ok && at != 0, nil
}
