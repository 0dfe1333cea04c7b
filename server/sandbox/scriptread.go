package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// The engine takes a microsecond to write a value as JSON, and most of what an
// action answers is plain: objects, lists, texts and numbers. This reads such a
// value where it lies, in the memory of the guest. All else (accessors, classes,
// toJSON, proxies, what holds itself, keys that are numbers) is left to the engine.
// Where things lie is known, because the engine is pinned by its digest; load sees
// that it holds, and a test compares both ways.

// Layout of the engine's values. A value has its tag in the upper 32 bits; what is
// no tag is a number, with floatAddend taken off.
const (
	tagString    = -7
	tagRope      = -6
	tagObject    = -1
	tagInt       = 0
	tagBool      = 1
	tagNull      = 2
	tagUndefined = 3
	tagException = 6
	tagFirst     = -9
	tagLast      = 7
	floatAddend  = 0x7ff8000a << 32

	objectFlags, objectExotic, objectFast = 8, 1 << 3, 1 << 4
	objectClass, classPlain, classArray   = 10, 1, 2
	objectShape, objectProps              = 12, 16
	arrayValues, arrayCount               = 28, 32

	shapeMask, shapeCount, shapeProto, shapeTable = 16, 24, 36, 40
	propEnumerable, propSpecial                   = 4, 0x30 // of the upper 6 bits
	atomNumber                                    = 1 << 31

	stringWide, stringLength              = 1 << 31, 1<<31 - 1
	stringKind, stringBytes               = 4, 24 // kind: two bits for a symbol or a text, two for a slice
	ropeWide, ropeDepth, ropeLeft, ropeRt = 4, 5, 8, 16

	runtimeAtoms = 568
)

// Bounds of what is read here.
const (
	maxPlainDepth  = 64
	maxPlainValues = 1 << 20
	keptPlain      = 64 << 10 // of the room for an answer, from call to call
)

// plainLayout is what differs by script of what is needed to read its values.
type plainLayout struct {
	runtime, object, array uint32 // the runtime and the two prototypes
	toJSON                 uint32 // the atom
}

// plainReader reads one value.
type plainReader struct {
	plainLayout
	memory []byte
	atoms  uint32
	out    []byte
	left   int
	broken bool // a place outside the memory was met
}

// plainAnswer writes what a list of one value holds as the answer of a call. It
// holds until the next. ok is false where the engine has to write it. cost is what
// it took in terms of bytes.
func (s *scriptGuest) plainAnswer(list uint64) (answer []byte, cost int, ok bool) {
	memory, _ := s.memory.Read(0, s.memory.Size())
	p := plainReader{plainLayout: s.script.state.plain, memory: memory, out: s.out[:0], left: maxPlainValues}
	p.atoms = p.u32(p.runtime + runtimeAtoms)
	p.out = append(p.out, `{"output":`...)
	values, count, isList := p.list(uint32(list))
	ok = tag(list) == tagObject && isList && count == 1 && !p.forged() && p.value(p.u64(values), 0) && !p.broken
	p.out = append(p.out, '}')
	if s.out = p.out; cap(s.out) > keptPlain {
		s.out = nil
	}
	return p.out, len(p.out) + 16*(maxPlainValues-p.left), ok && len(p.out) <= abi.MaxOutput
}

// learn finds what the layout of values has besides constants, by a value whose
// form is known, and refuses an engine that lays it out in another way.
func (s *scriptGuest) learn(ctx context.Context) error {
	var boxes [2]uint32
	for i, name := range []string{"qjs_new_object", "qjs_new_array"} {
		var err error
		if boxes[i], err = s.named(ctx, name); err != nil {
			return err
		}
	}
	key, err := s.place(ctx, []byte("toJSON"))
	if err != nil {
		return err
	}
	list, _ := s.memory.ReadUint64Le(boxes[1])
	object, _ := s.memory.ReadUint64Le(boxes[0])
	if _, err := s.named(ctx, "qjs_set_prop_string", uint64(boxes[0]), uint64(key), uint64(boxes[1])); err != nil {
		return err
	}
	runtime, err := s.named(ctx, "qjs_get_runtime_ptr")
	if err != nil {
		return err
	}
	memory, _ := s.memory.Read(0, s.memory.Size())
	p := plainReader{memory: memory, left: maxPlainValues}
	p.atoms = p.u32(runtime + runtimeAtoms)
	shape := p.u32(uint32(object) + objectShape)
	first := p.u32(shape + shapeTable + 4*(p.u32(shape+shapeMask)+1) + 4)
	layout := plainLayout{
		runtime: runtime, toJSON: first,
		object: p.u32(shape + shapeProto), array: p.u32(p.u32(uint32(list)+objectShape) + shapeProto),
	}
	p.plainLayout = layout
	p.toJSON = 0 // it would be left to the engine
	if !p.value(object, 0) || string(p.out) != `{"toJSON":[]}` || p.broken {
		return errors.New("the engine doesn't lay values out as this version knows it")
	}
	s.script.state.plain = layout
	return nil
}

func tag(v uint64) int32 { return int32(v >> 32) }

func (p *plainReader) bytes(at, n uint32) []byte {
	if uint64(at)+uint64(n) > uint64(len(p.memory)) {
		p.broken = true
		return make([]byte, 8)
	}
	return p.memory[at : at+n]
}

func (p *plainReader) u32(at uint32) uint32 { return binary.LittleEndian.Uint32(p.bytes(at, 4)) }

func (p *plainReader) u64(at uint32) uint64 { return binary.LittleEndian.Uint64(p.bytes(at, 8)) }

// forged says whether objects or lists inherit a toJSON.
func (p *plainReader) forged() bool {
	for _, proto := range [...]uint32{p.object, p.array} {
		shape := p.u32(proto + objectShape)
		if above := p.u32(shape + shapeProto); above != 0 && above != p.object {
			return true
		}
		if p.ownToJSON(shape) {
			return true
		}
	}
	return false
}

// ownToJSON says whether what has a shape has a toJSON of its own. The engine asks
// those too that aren't enumerable.
func (p *plainReader) ownToJSON(shape uint32) bool {
	for at, n := p.properties(shape); n > 0; at, n = at+8, n-1 {
		if p.broken || p.u32(at+4) == p.toJSON {
			return true
		}
	}
	return false
}

// properties answers where the properties of a shape stand, in their order, and
// how many those that are gone among them.
func (p *plainReader) properties(shape uint32) (at, count uint32) {
	return shape + shapeTable + 4*(p.u32(shape+shapeMask)+1), min(p.u32(shape+shapeCount), maxPlainValues)
}

// value writes one value; false where it isn't plain.
func (p *plainReader) value(v uint64, depth int) bool {
	if p.left--; p.left < 0 || p.broken || depth > maxPlainDepth || len(p.out) > abi.MaxOutput {
		return false
	}
	switch t := tag(v); {
	case t == tagInt:
		p.out = strconv.AppendInt(p.out, int64(int32(v)), 10)
	case t == tagBool:
		p.out = strconv.AppendBool(p.out, uint32(v) != 0)
	case t == tagNull:
		p.out = append(p.out, "null"...)
	case t == tagString || t == tagRope:
		p.out = append(p.out, '"')
		if !p.text(v, 0) {
			return false
		}
		p.out = append(p.out, '"')
	case t == tagObject:
		return p.members(uint32(v), depth)
	case t >= tagFirst && t <= tagLast:
		return false
	default:
		p.number(math.Float64frombits(v + floatAddend))
	}
	return true
}

// number writes a number as JavaScript does.
func (p *plainReader) number(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		p.out = append(p.out, "null"...)
		return
	}
	if f == 0 {
		p.out = append(p.out, '0') // and -0
		return
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		p.out = strconv.AppendFloat(p.out, f, 'f', -1, 64)
		return
	}
	p.out = strconv.AppendFloat(p.out, f, 'e', -1, 64)
	if n := len(p.out); p.out[n-2] == '0' && (p.out[n-3] == '-' || p.out[n-3] == '+') { // e-07
		p.out = append(p.out[:n-2], p.out[n-1])
	}
}

func (p *plainReader) members(at uint32, depth int) bool {
	flags := p.bytes(at+objectFlags, 4)
	switch class := binary.LittleEndian.Uint16(flags[2:]); {
	case class == classArray:
		return p.elements(at, depth)
	case class != classPlain || flags[0]&objectExotic != 0:
		return false
	}
	shape, values := p.u32(at+objectShape), p.u32(at+objectProps)
	if proto := p.u32(shape + shapeProto); proto != p.object && proto != 0 {
		return false
	}
	p.out = append(p.out, '{')
	first := true
	for prop, n := p.properties(shape); n > 0; prop, n, values = prop+8, n-1, values+8 {
		if p.left--; p.left < 0 || p.broken {
			return false
		}
		flags, atom := p.u32(prop)>>26, p.u32(prop+4)
		if atom == p.toJSON {
			return false
		}
		if atom == 0 || flags&propEnumerable == 0 {
			continue
		}
		if flags&propSpecial != 0 || atom&atomNumber != 0 {
			return false
		}
		value := p.u64(values)
		if tag(value) == tagUndefined {
			continue
		}
		if symbol, ok := p.key(atom, first); !ok {
			return false
		} else if symbol {
			continue
		}
		first = false
		if !p.value(value, depth+1) {
			return false
		}
	}
	p.out = append(p.out, '}')
	return true
}

// key writes a key with what stands around it, but for one that is a symbol. It
// isn't ok where it might be a number, which would have its place before others.
func (p *plainReader) key(atom uint32, first bool) (symbol, ok bool) {
	at := p.u32(p.atoms + 4*atom)
	if p.u32(at+stringKind)>>30 != 1 {
		return true, true
	}
	if length := p.u32(at); length&stringLength > 0 {
		if c := p.bytes(at+stringBytes, 1)[0]; length&stringWide == 0 && c >= '0' && c <= '9' {
			return false, false
		}
	}
	if !first {
		p.out = append(p.out, ',')
	}
	p.out = append(p.out, '"')
	ok = p.flat(at)
	p.out = append(p.out, '"', ':')
	return false, ok
}

func (p *plainReader) elements(at uint32, depth int) bool {
	values, count, ok := p.list(at)
	shape := p.u32(at + objectShape)
	if !ok || p.u32(shape+shapeProto) != p.array {
		return false
	}
	_, own := p.properties(shape)
	if p.left -= int(own); p.left < 0 || p.ownToJSON(shape) {
		return false
	}
	p.out = append(p.out, '[')
	for i := range count {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		v := p.u64(values + 8*i)
		if tag(v) == tagUndefined {
			v = tagNull << 32
		}
		if !p.value(v, depth+1) {
			return false
		}
	}
	p.out = append(p.out, ']')
	return true
}

// list answers where the values of a list stand that has no holes.
func (p *plainReader) list(at uint32) (values, count uint32, ok bool) {
	flags := p.bytes(at+objectFlags, 4)
	if binary.LittleEndian.Uint16(flags[2:]) != classArray || flags[0]&objectFast == 0 {
		return 0, 0, false
	}
	values, count = p.u32(at+arrayValues), p.u32(at+arrayCount)
	length := p.u64(p.u32(at + objectProps))
	return values, count, length == uint64(count) && uint64(values)+8*uint64(count) <= uint64(len(p.memory))
}
