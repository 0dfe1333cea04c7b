// Guest is a connector for tests that speaks the raw ABI and misbehaves in
// every way it is asked to.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
	"unsafe"
)

//go:wasmimport drawbridge_v1 log
func hostLog(level int32, p unsafe.Pointer, n int32)

//go:wasmimport drawbridge_v1 progress
func hostProgress(p unsafe.Pointer, n int32)

//go:wasmimport drawbridge_v1 now
func hostNow() int64

//go:wasmimport drawbridge_v1 random
func hostRandom(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 blob_open
func hostBlobOpen(p unsafe.Pointer, n int32) int64

//go:wasmimport drawbridge_v1 blob_read
func hostBlobRead(handle int32, off int64, p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 blob_write
func hostBlobWrite(handle int32, p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 blob_close
func hostBlobClose(handle int32) int32

//go:wasmimport drawbridge_v1 take
func hostTake(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 http
func hostHTTP(p unsafe.Pointer, n int32) int32

type request struct {
	Connector string
	Action    string
	Input     json.RawMessage
	Run       struct {
		ID, Step, Key string
		Attempt       int
		DryRun        bool
	}
}

var (
	buffer [64 << 10]byte
	large  []byte
	answer []byte
	count  int
	sink   [][]byte
)

func main() {}

//go:wasmexport drawbridge_buf
func buf() int64 { return pack(unsafe.Pointer(&buffer[0]), len(buffer)) }

//go:wasmexport drawbridge_run
func run(n int32) int64 { return serve(buffer[:n]) }

//go:wasmexport drawbridge_alloc
func alloc(n int32) int32 {
	large = make([]byte, n)
	return int32(uintptr(unsafe.Pointer(&large[0])))
}

//go:wasmexport drawbridge_run_at
func runAt(_, n int32) int64 { return serve(large[:n]) }

// warm makes on first use what every request needs, with nothing of it left over.
//
//go:wasmexport drawbridge_warm
func warm() {
	request := `{"action":"about","input":{"a":1},"run":{"id":"r"}}`
	serve([]byte(request))
	runtime.GC()
	for range 20 {
		serve([]byte(request))
	}
}

func pack(p unsafe.Pointer, n int) int64 { return int64(uintptr(p))<<32 | int64(n) }

func text(s string) (unsafe.Pointer, int32) {
	return unsafe.Pointer(unsafe.StringData(s)), int32(len(s))
}

func serve(raw []byte) int64 {
	// Echo first, without a decoder, so that benchmarks measure the sandbox.
	if strings.HasPrefix(string(raw[:min(len(raw), 24)]), `{"action":"echo","input":`[:24]) {
		end := strings.LastIndex(string(raw), `,"run":`)
		answer = append(append(append(answer[:0], `{"output":`...), raw[25:end]...), '}')
		return pack(unsafe.Pointer(&answer[0]), len(answer))
	}
	var r request
	if err := json.Unmarshal(raw, &r); err != nil {
		panic(err)
	}
	v, packed := act(r)
	if packed != 0 {
		return packed
	}
	answer, _ = json.Marshal(map[string]any{"output": v})
	return pack(unsafe.Pointer(&answer[0]), len(answer))
}

func act(r request) (any, int64) {
	switch r.Action {
	case "about":
		return map[string]any{"run": r.Run, "connector": r.Connector, "env": os.Environ(), "args": len(os.Args), "now": hostNow(), "wall": time.Now().UnixNano()}, 0
	case "count":
		count++
		return count, 0
	case "grow":
		part := make([]byte, 3<<20)
		for i := range part {
			part[i] = byte(count + i)
		}
		sink = append(sink, part)
		count++
		return []int{len(sink), count, int(part[5])}, 0
	case "zero":
		found := 0
		for _, b := range make([]byte, 6<<20) {
			if b != 0 {
				found++
			}
		}
		return found, 0
	case "panic":
		panic("boom")
	case "exit":
		os.Exit(3)
	case "loop":
		for {
			count++
		}
	case "recurse":
		return recurse(0), 0
	case "sleep":
		time.Sleep(time.Hour)
	case "nap":
		time.Sleep(20 * time.Millisecond)
		return "rested", 0
	case "hog":
		for {
			sink = append(sink, make([]byte, 1<<20))
		}
	case "giant":
		return strings.Repeat("x", 9<<20), 0
	case "outside":
		return nil, int64(0x7fff0000)<<32 | 100
	case "garbage":
		answer = []byte(`{"output": nonsense`)
		return nil, pack(unsafe.Pointer(&answer[0]), len(answer))
	case "both":
		answer = []byte(`{"output": 1, "error": {"code":"x","message":"y"}}`)
		return nil, pack(unsafe.Pointer(&answer[0]), len(answer))
	case "error":
		answer = []byte(`{"error": {"code":"rate_limited","message":"slow down","retryable":true,"retryAfter":"3s"}}`)
		return nil, pack(unsafe.Pointer(&answer[0]), len(answer))
	case "log":
		for _, line := range []string{"plain", "two\nlines", "red \x1b[31mtext\x07"} {
			p, n := text(line)
			hostLog(2, p, n)
		}
		fmt.Println("printed")
		p, n := text("half way")
		hostProgress(p, n)
		return nil, 0
	case "flood":
		p, n := text(strings.Repeat("spam ", 2000))
		for range 10000 {
			hostLog(1, p, n)
		}
		return "done", 0
	case "http":
		p, n := text(`{"url":"https://example.com"}`)
		size := hostHTTP(p, n)
		if size <= 0 {
			return size, 0
		}
		out := make([]byte, size)
		hostTake(unsafe.Pointer(&out[0]), size)
		return string(out), 0
	case "forge":
		return []int64{
			int64(hostHTTP(unsafe.Pointer(uintptr(0xfffffff0)), 1000)), int64(hostBlobRead(99, 0, unsafe.Pointer(uintptr(8)), 10)),
			int64(hostBlobClose(7)), hostBlobOpen(unsafe.Pointer(uintptr(0xffffff00)), 1<<30), int64(hostRandom(unsafe.Pointer(&buffer[0]), 65<<10)),
			int64(hostTake(unsafe.Pointer(uintptr(0xfffffff0)), 0)),
		}, 0
	case "files":
		_, err := os.ReadFile("/etc/passwd")
		_, err2 := os.Create("x")
		return fmt.Sprint(err, "; ", err2), 0
	case "random":
		p := make([]byte, 16)
		hostRandom(unsafe.Pointer(&p[0]), 16)
		return p, 0
	case "blob":
		return blob(r.Input), 0
	}
	return "no such action", 0
}

//go:noinline
func recurse(n int) int {
	if n < 0 {
		return 0
	}
	return recurse(n+1) + 1
}

// blob reads the field content and writes it twice as a new blob; text is what
// came in the field plain.
func blob(raw json.RawMessage) any {
	var in struct {
		Content json.RawMessage
		Plain   json.RawMessage
	}
	_ = json.Unmarshal(raw, &in)
	var ref struct {
		Blob struct {
			ID   string
			Size int64
		} `json:"$blob"`
	}
	_ = json.Unmarshal(in.Content, &ref)
	p, n := text(ref.Blob.ID)
	h := hostBlobOpen(p, n)
	if h < 0 {
		return map[string]any{"errno": h, "plain": len(in.Plain)}
	}
	data := make([]byte, ref.Blob.Size)
	for off := 0; off < len(data); {
		n := hostBlobRead(int32(h), int64(off), unsafe.Pointer(&data[off]), int32(len(data)-off))
		if n <= 0 {
			return fmt.Sprint("read ", n)
		}
		off += int(n)
	}
	hostBlobClose(int32(h))
	var w int32
	for range 2 {
		for off := 0; off < len(data); off += 1 << 20 {
			part := data[off:min(len(data), off+1<<20)]
			if w = hostBlobWrite(w, unsafe.Pointer(&part[0]), int32(len(part))); w < 0 {
				return fmt.Sprint("write ", w)
			}
		}
	}
	size := hostBlobClose(w)
	out := make([]byte, size)
	hostTake(unsafe.Pointer(&out[0]), size)
	return map[string]any{"first": string(data[:min(len(data), 20)]), "stored": map[string]any{"$blob": json.RawMessage(out)}}
}
