package wasm

import (
	"math"
	"slices"
)

// maxGap is how many zeros are written to make one of two data segments. The Go
// toolchain begins a new one after every eight zeros, tens of thousands of them:
// wazero keeps a slice of each in every instance, a megabyte in all.
const maxGap = 256

// dataSection writes the data segments and answers how many there are. Those that
// lie close together become one, unless code names them by their index. Zeros may
// stand between where no segment before them wrote: there memory is zero still.
func (w *rewriter) dataSection() (body []byte, count int) {
	if n := len(w.Data); n > 0 {
		body = make([]byte, 0, w.Data[n-1].Bytes.End-w.Data[0].Bytes.Start+maxGap) // about
	}
	var before written
	for i := 0; i < len(w.Data); count++ {
		d := &w.Data[i]
		i++
		begin, ok := w.placeOf(d)
		if !ok || w.named {
			body = append(body, w.segment(d)...)
			if d.Mode != Passive {
				before.add(0, math.MaxInt) // where it writes isn't known
			}
			continue
		}
		end, last := begin+d.size(), i
		for last < len(w.Data) {
			next, ok := w.placeOf(&w.Data[last])
			if !ok || next < end || next-end > maxGap || before.touches(end, next) {
				break
			}
			end = next + w.Data[last].size()
			last++
		}
		before.add(begin, end)
		body = appendS(append(body, 0, opI32Const), int64(int32(uint32(begin))))
		body = appendU(append(body, opEnd), end-begin)
		for at := begin; ; i++ {
			body = append(body, w.bytes(d.Bytes)...)
			if at += d.size(); i == last {
				break
			}
			d = &w.Data[i]
			next, _ := w.placeOf(d)
			body = append(body, zeros[:next-at]...)
			at = next
		}
	}
	return body, count
}

var zeros [maxGap]byte

// maxWritten is how many ranges are told apart, because all are looked through for
// each segment. The Go toolchain needs a few: its sections aren't in order.
const maxWritten = 64

// written are ranges of memory that segments wrote to, or more than those.
type written [][2]int

// add takes a range in, each from its first byte to that behind its last.
func (w *written) add(begin, end int) {
	if len(*w) < maxWritten {
		*w = append(*w, [2]int{begin, end})
		return
	}
	last := &(*w)[maxWritten-1]
	last[0], last[1] = min(last[0], begin), max(last[1], end)
}

func (w written) touches(begin, end int) bool {
	return begin < end && slices.ContainsFunc(w, func(r [2]int) bool { return r[0] < end && begin < r[1] })
}

func (d *Data) size() int { return d.Bytes.End - d.Bytes.Start }

// segment is a data segment as it stands.
func (w *rewriter) segment(d *Data) []byte { return w.File[d.At:d.Bytes.End] }

// placeOf answers where a segment goes, if it says so by a plain number.
func (w *rewriter) placeOf(d *Data) (int, bool) {
	if d.Mode == Passive {
		return 0, false
	}
	expression := w.bytes(d.Offset)
	if expression[0] != opI32Const {
		return 0, false
	}
	n, size := sleb(expression[1:], 32)
	return int(uint32(n)), size > 0 && size == len(expression)-2
}
