// Reach is a connector for tests that speaks the raw ABI and reaches for whatever
// it is told, and for what it shouldn't.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"unsafe"
)

//go:wasmimport drawbridge_v1 take
func hostTake(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 http
func hostHTTP(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 net_open
func hostNetOpen(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 sign
func hostSign(p unsafe.Pointer, n int32) int32

//go:wasmimport wasi_snapshot_preview1 path_open
func pathOpen(fd, flags int32, path unsafe.Pointer, size, open int32, base, inheriting int64, fdFlags int32, opened unsafe.Pointer) int32

//go:wasmimport wasi_snapshot_preview1 fd_prestat_get
func prestat(fd int32, p unsafe.Pointer) int32

//go:wasmimport wasi_snapshot_preview1 sock_accept
func sockAccept(fd, flags int32, p unsafe.Pointer) int32

//go:wasmimport wasi_snapshot_preview1 sock_recv
func sockRecv(fd int32, iov unsafe.Pointer, count, flags int32, size, out unsafe.Pointer) int32

//go:wasmimport wasi_snapshot_preview1 sock_send
func sockSend(fd int32, iov unsafe.Pointer, count, flags int32, sent unsafe.Pointer) int32

//go:wasmimport wasi_snapshot_preview1 environ_sizes_get
func environSizes(count, size unsafe.Pointer) int32

var functions = map[string]func(unsafe.Pointer, int32) int32{"http": hostHTTP, "net_open": hostNetOpen, "sign": hostSign}

var (
	buffer [64 << 10]byte
	large  []byte
	answer []byte
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

func pack(p unsafe.Pointer, n int) int64 { return int64(uintptr(p))<<32 | int64(n) }

func serve(raw []byte) int64 {
	var r struct {
		Action string
		Input  struct{ Function, Request, Address string }
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		panic(err)
	}
	var out any
	switch r.Action {
	case "ask":
		out = ask(r.Input.Function, r.Input.Request)
	case "local":
		out = local(r.Input.Address)
	}
	answer, _ = json.Marshal(map[string]any{"output": out})
	return pack(unsafe.Pointer(&answer[0]), len(answer))
}

// ask answers what the host answers, as it is.
func ask(function, request string) any {
	size := functions[function](unsafe.Pointer(unsafe.StringData(request)), int32(len(request)))
	if size <= 0 {
		return map[string]any{"errno": size}
	}
	out := make([]byte, size)
	hostTake(unsafe.Pointer(&out[0]), size)
	return json.RawMessage(out)
}

// local tries what programs do on a machine, and answers what it got of each.
func local(address string) map[string]string {
	got := map[string]string{}
	try := func(name string, err error) {
		if err == nil {
			got[name] = "it could"
		}
	}
	for _, path := range []string{"/etc/passwd", "etc/passwd", "../../../../etc/passwd", "/proc/self/environ", "/proc/self/maps", "/dev/tcp/127.0.0.1/80", ".", "/"} {
		_, err := os.ReadFile(path)
		try("read "+path, err)
		_, err = os.ReadDir(path)
		try("list "+path, err)
		try("write "+path, os.WriteFile(path+"x", nil, 0o600))
		for fd := range int32(64) {
			var opened int32
			if pathOpen(fd, 1, unsafe.Pointer(unsafe.StringData(path)), int32(len(path)), 0, -1, -1, 0, unsafe.Pointer(&opened)) == 0 {
				got[fmt.Sprint("path_open ", fd, path)] = "it could"
			}
		}
	}
	for fd := range int32(64) {
		if prestat(fd, unsafe.Pointer(&buffer[0])) == 0 {
			got[fmt.Sprint("preopened ", fd)] = "it is"
		}
		if sockAccept(fd, 0, unsafe.Pointer(&buffer[0])) == 0 || sockRecv(fd, unsafe.Pointer(&buffer[0]), 1, 0, unsafe.Pointer(&buffer[64]), unsafe.Pointer(&buffer[72])) == 0 ||
			sockSend(fd, unsafe.Pointer(&buffer[0]), 1, 0, unsafe.Pointer(&buffer[64])) == 0 {
			got[fmt.Sprint("socket ", fd)] = "it is"
		}
	}
	var count, size int32
	if environSizes(unsafe.Pointer(&count), unsafe.Pointer(&size)); count != 0 || size != 0 || len(os.Environ()) > 0 || len(os.Args) > 0 {
		got["environment"] = strings.Join(os.Environ(), " ")
	}
	for _, network := range []string{"tcp", "tcp4", "tcp6", "udp", "unix"} {
		conn, err := net.Dial(network, address)
		try("dial "+network, err)
		if err == nil {
			_, _ = conn.Write([]byte("hello")) // Go's own network for tests takes it
			delete(got, "dial udp")
		}
	}
	_, err := net.LookupHost("localhost.example")
	try("look a name up", err)
	try("run a program", exec.Command("/bin/true").Run())
	_, err = os.StartProcess("/bin/true", nil, &os.ProcAttr{})
	try("start a process", err)
	return got
}
