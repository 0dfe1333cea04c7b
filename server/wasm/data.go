package wasm

// maxGap is how many zeros are written to make one of two data segments. The Go
// toolchain begins a new one after every eight zeros, tens of thousands of them:
// wazero keeps a slice of each in every instance, a megabyte in all.
const maxGap = 256

// dataSection writes the data segments and answers how many there are. Those that
// lie close together become one, unless code names them by their index. Zeros may
// stand between: memory is zero until the segments are applied.
func (w *rewriter) dataSection() (body []byte, count int) {
	for i := 0; i < len(w.Data); count++ {
		d := &w.Data[i]
		i++
		begin, ok := w.placeOf(d)
		if !ok || w.named {
			body = append(body, w.segment(d)...)
			continue
		}
		end, last := begin+d.size(), i
		for last < len(w.Data) {
			next, ok := w.placeOf(&w.Data[last])
			if !ok || next < end || next-end > maxGap {
				break
			}
			end = next + w.Data[last].size()
			last++
		}
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
