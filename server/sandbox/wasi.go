package sandbox

import (
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// Errors of WASI preview 1.
const (
	wasiOK     = 0
	wasiBadf   = 8
	wasiFault  = 21
	wasiInval  = 28
	wasiIO     = 29
	wasiNosys  = 52
	clockReal  = 0
	clockMono  = 1
	maxVectors = 1024
)

// processStart is the zero of the guests' monotonic clock, which must not run
// backwards between two calls of one instance.
var processStart = time.Now()

// wasi are the functions of WASI preview 1. The shim keeps no state: there is
// nothing in it that one call could leave to the next. What it doesn't give is
// refused, because toolchains import functions that they never call.
var wasi = append([]hostFunction{
	{"proc_exit", "i->", func(_ *guestCall, _ api.Memory, s []uint64) {
		panic(sys.NewExitError(uint32(s[0])))
	}},
	{"clock_time_get", "iIi->i", func(g *guestCall, mem api.Memory, s []uint64) {
		s[0] = clockTime(g, mem, uint32(s[0]), uint32(s[2]))
	}},
	{"clock_res_get", "ii->i", func(_ *guestCall, mem api.Memory, s []uint64) {
		s[0] = put64(mem, uint32(s[1]), 1000)
	}},
	{"random_get", "ii->i", func(g *guestCall, mem api.Memory, s []uint64) {
		p, ok := mem.Read(uint32(s[0]), uint32(s[1]))
		switch {
		case !ok:
			s[0] = wasiFault
		case g.fill(p) != 0:
			s[0] = wasiIO
		default:
			s[0] = wasiOK
		}
	}},
	{"fd_write", "iiii->i", fdWrite},
	{"args_sizes_get", "ii->i", noStrings},
	{"args_get", "ii->i", succeed},
	{"environ_sizes_get", "ii->i", noStrings},
	{"environ_get", "ii->i", succeed},
	{"sched_yield", "->i", succeed},
	{"fd_fdstat_get", "ii->i", fdStat},
	{"poll_oneoff", "iiii->i", pollOneoff},
}, refusals()...)

func succeed(_ *guestCall, _ api.Memory, s []uint64) { s[0] = wasiOK }

func noStrings(_ *guestCall, mem api.Memory, s []uint64) {
	if !mem.WriteUint32Le(uint32(s[0]), 0) || !mem.WriteUint32Le(uint32(s[1]), 0) {
		s[0] = wasiFault
		return
	}
	s[0] = wasiOK
}

func clockTime(g *guestCall, mem api.Memory, clock, at uint32) uint64 {
	switch clock {
	case clockReal:
		return put64(mem, at, uint64(g.clock.wall()))
	case clockMono:
		return put64(mem, at, uint64(g.clock.monotonic()))
	}
	return wasiInval
}

func put64(mem api.Memory, at uint32, v uint64) uint64 {
	if !mem.WriteUint64Le(at, v) {
		return wasiFault
	}
	return wasiOK
}

// fdWrite puts what is printed on standard output and error into the log.
func fdWrite(g *guestCall, mem api.Memory, s []uint64) {
	fd, vectors, count, result := uint32(s[0]), uint32(s[1]), uint32(s[2]), uint32(s[3])
	if fd != 1 && fd != 2 {
		s[0] = wasiBadf
		return
	}
	if count > maxVectors {
		s[0] = wasiInval
		return
	}
	var total uint32
	for i := range count {
		ptr, ok1 := mem.ReadUint32Le(vectors + 8*i)
		size, ok2 := mem.ReadUint32Le(vectors + 8*i + 4)
		p, ok3 := mem.Read(ptr, size)
		if !ok1 || !ok2 || !ok3 {
			s[0] = wasiFault
			return
		}
		g.write(int(fd)-1, p)
		total += size
	}
	if !mem.WriteUint32Le(result, total) {
		s[0] = wasiFault
		return
	}
	s[0] = wasiOK
}

// fdStat says that standard output and error are character devices, which is
// what toolchains ask before they print.
func fdStat(_ *guestCall, mem api.Memory, s []uint64) {
	if fd := uint32(s[0]); fd > 2 {
		s[0] = wasiBadf
		return
	}
	var stat [24]byte
	stat[0] = 2
	binary.LittleEndian.PutUint64(stat[8:], 1<<6) // the right to write
	if !mem.Write(uint32(s[1]), stat[:]) {
		s[0] = wasiFault
		return
	}
	s[0] = wasiOK
}

// refusals are the imports that only have to be there.
func refusals() []hostFunction {
	var list []hostFunction
	add := func(code uint64, functions map[string]string) {
		for name, sig := range functions {
			list = append(list, hostFunction{name, sig, func(_ *guestCall, _ api.Memory, s []uint64) { s[0] = code }})
		}
	}
	add(wasiBadf, map[string]string{
		"fd_advise": "iIIi->i", "fd_allocate": "iII->i", "fd_close": "i->i", "fd_datasync": "i->i",
		"fd_fdstat_set_flags": "ii->i", "fd_fdstat_set_rights": "iII->i",
		"fd_filestat_get": "ii->i", "fd_filestat_set_size": "iI->i", "fd_filestat_set_times": "iIIi->i",
		"fd_pread": "iiiIi->i", "fd_prestat_get": "ii->i", "fd_prestat_dir_name": "iii->i", "fd_pwrite": "iiiIi->i",
		"fd_read": "iiii->i", "fd_readdir": "iiiIi->i", "fd_renumber": "ii->i", "fd_seek": "iIii->i",
		"fd_sync": "i->i", "fd_tell": "ii->i",
		"sock_accept": "iii->i", "sock_recv": "iiiiii->i", "sock_send": "iiiii->i", "sock_shutdown": "ii->i",
	})
	add(wasiNosys, map[string]string{
		"path_create_directory": "iii->i", "path_filestat_get": "iiiii->i", "path_filestat_set_times": "iiiiIIi->i",
		"path_link": "iiiiiii->i", "path_open": "iiiiiIIii->i", "path_readlink": "iiiiii->i",
		"path_remove_directory": "iii->i", "path_rename": "iiiiii->i", "path_symlink": "iiiii->i",
		"path_unlink_file": "iii->i", "proc_raise": "i->i",
	})
	return list
}
