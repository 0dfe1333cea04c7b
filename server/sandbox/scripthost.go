package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // indicators are told by it
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"slices"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
	"golang.org/x/net/idna"
	"golang.org/x/text/encoding/unicode"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// scriptModule is what the engine imports its host's functions from.
const scriptModule = "env"

// scriptEnv are the functions of the module env, for the engine alone.
var scriptEnv = []hostFunction{
	{"host_get_timezone_offset", "ii->i", func(_ *guestCall, _ api.Memory, s []uint64) { s[0] = 0 }}, // UTC, everywhere
	{"host_interrupt", "->i", func(g *guestCall, _ api.Memory, s []uint64) {
		if s[0] = 0; g.asked {
			s[0] = 1
		}
	}},
	{"host_promise_rejection", "iii->", promiseRejection},
	// There is no module loader: these are never called.
	{"host_module_normalize", "ii->i", func(_ *guestCall, _ api.Memory, s []uint64) { s[0] = 0 }},
	{"host_module_load", "ii->i", func(_ *guestCall, _ api.Memory, s []uint64) { s[0] = 0 }},
	{"host_call", "iiiii->i", nil}, // see hostCall: it calls back into the engine
}

// scriptCall is one call of a host function by a script. Values are places of the
// engine's values.
type scriptCall struct {
	*scriptGuest
	ctx   context.Context //nolint:containedctx // of this call alone
	guest *guestCall
	args  []uint32
}

// scriptHosts are the functions that a script finds in its host object, by name.
// Those that yield bytes or text answer an Errno as a negative number where they
// refuse.
var scriptHosts = []struct {
	name string
	run  func(c *scriptCall) (uint32, error)
}{
	{abi.HostLog, func(c *scriptCall) (uint32, error) {
		level, err := c.number(0)
		if err != nil {
			return 0, err
		}
		return c.with(1, func(p []byte) (uint32, error) {
			c.guest.log(byte(min(max(level, 0), 3)), p)
			return c.answer(0)
		})
	}},
	{abi.HostProgress, func(c *scriptCall) (uint32, error) {
		return c.with(0, func(p []byte) (uint32, error) {
			if c.guest.count() {
				c.guest.progress(p)
			}
			return c.answer(0)
		})
	}},
	{abi.HostNow, func(c *scriptCall) (uint32, error) {
		return c.do(c.ctx, c.newNumber, api.EncodeF64(float64(c.guest.clock.wall())/1e6))
	}},
	{abi.HostRandom, func(c *scriptCall) (uint32, error) {
		n, err := c.number(0)
		if err != nil {
			return 0, err
		}
		if n < 0 || n > abi.MaxRandomBytes {
			return c.refuse(abi.ErrnoLimit)
		}
		p := make([]byte, int(n))
		if e := c.guest.fill(p); e != 0 {
			return c.refuse(e)
		}
		return c.bytesOf(p)
	}},
	{abi.HostBlobOpen, func(c *scriptCall) (uint32, error) {
		return c.with(0, func(id []byte) (uint32, error) {
			if len(id) > 128 {
				return c.refuse(abi.ErrnoBadCall)
			}
			n, _ := c.guest.ask(hostBlobOpen, id)
			return c.answer(n)
		})
	}},
	{abi.HostBlobRead, scriptBlobRead},
	{abi.HostBlobWrite, func(c *scriptCall) (uint32, error) {
		handle, err := c.number(0)
		if err != nil {
			return 0, err
		}
		return c.with(1, func(p []byte) (uint32, error) {
			if len(p) > maxPiece {
				return c.refuse(abi.ErrnoBadCall)
			}
			n, _ := c.guest.ask(hostBlobWrite, le32(uint64(uint32(int32(handle)))), p)
			return c.answer(n)
		})
	}},
	{abi.HostBlobClose, func(c *scriptCall) (uint32, error) {
		handle, err := c.number(0)
		if err != nil {
			return 0, err
		}
		return c.reply(c.guest.ask(hostBlobClose, le32(uint64(uint32(int32(handle))))))
	}},
	// ask(name, json): the host functions that take JSON and answer JSON.
	{"ask", func(c *scriptCall) (uint32, error) {
		return c.with(0, func(p []byte) (uint32, error) {
			which := slices.Index(namedHosts[:], string(p))
			if which < 0 {
				return c.refuse(abi.ErrnoBadCall)
			}
			return c.with(1, func(request []byte) (uint32, error) {
				if len(request) > abi.MaxInput {
					return c.refuse(abi.ErrnoTooLarge)
				}
				return c.reply(c.guest.ask(hostFirstNamed+byte(which), request))
			})
		})
	}},
	// sleep(ms) waits, no longer than the call may last.
	{"sleep", func(c *scriptCall) (uint32, error) {
		ms, err := c.number(0)
		if err != nil {
			return 0, err
		}
		if c.guest.slot != nil && ms > 0 {
			c.guest.pause()
			c.guest.sleep(time.Duration(min(ms, float64(time.Hour/time.Millisecond)) * float64(time.Millisecond)))
			c.guest.resume()
			if c.guest.ctx.Err() != nil {
				return 0, sys.NewExitError(exitStopped) // it isn't as late as the script believes
			}
		}
		return c.answer(0)
	}},
	// encode(text) and decode(bytes, fatal) convert UTF-8.
	{"encode", func(c *scriptCall) (uint32, error) { return c.with(0, c.bytesOf) }},
	{"decode", func(c *scriptCall) (uint32, error) {
		return c.with(0, func(p []byte) (uint32, error) {
			c.charge(len(p))
			text, err := unicode.UTF8.NewDecoder().Bytes(p) // one U+FFFD for each maximal faulty part
			if err != nil {
				return 0, err
			}
			return c.text(c.ctx, text)
		})
	}},
	// ascii(host) answers a host name in the form of the DNS.
	{"ascii", func(c *scriptCall) (uint32, error) {
		return c.with(0, func(p []byte) (uint32, error) {
			c.charge(len(p) * 16)
			if len(p) > 1024 { // Punycode takes the square of a name's length
				return c.refuse(abi.ErrnoBadCall)
			}
			name, err := idna.Lookup.ToASCII(string(p))
			if err != nil {
				return c.refuse(abi.ErrnoBadCall)
			}
			return c.text(c.ctx, []byte(name))
		})
	}},
	// digest(algorithm, data) and hmac(algorithm, key, data).
	{"digest", func(c *scriptCall) (uint32, error) {
		return c.hashed(func(h func() hash.Hash) (uint32, error) {
			return c.with(1, func(p []byte) (uint32, error) { return c.sum(h(), p) })
		})
	}},
	{"hmac", func(c *scriptCall) (uint32, error) {
		return c.hashed(func(h func() hash.Hash) (uint32, error) {
			return c.with(1, func(key []byte) (uint32, error) {
				mac := hmac.New(h, key)
				return c.with(2, func(p []byte) (uint32, error) { return c.sum(mac, p) })
			})
		})
	}},
	// locate(stack) tells an engine's stack in places of the author's files.
	{"locate", func(c *scriptCall) (uint32, error) {
		return c.with(0, func(p []byte) (uint32, error) {
			c.charge(len(p) * 16)
			return c.text(c.ctx, []byte(c.script.sourceMap.locate(string(p))))
		})
	}},
}

var scriptHostNames = func() map[string]int {
	names := map[string]int{}
	for i, f := range scriptHosts {
		names[f.name] = i
	}
	return names
}()

// hostCall is env.host_call(name, length, this, count, arguments). What it answers
// is a value that the engine frees; 0 throws the exception in flight.
func hostCall(ctx context.Context, mod api.Module, stack []uint64) {
	g := current(ctx)
	mem := mod.Memory()
	name, ok := mem.Read(uint32(stack[0]), uint32(stack[1]))
	which, known := scriptHostNames[string(name)]
	count := min(uint32(stack[3]), 4)
	if !ok || !known || g.driver == nil {
		stack[0] = 0
		return
	}
	c := scriptCall{scriptGuest: g.driver, ctx: ctx, guest: g}
	var args [4]uint32
	for i := range count {
		args[i], _ = mem.ReadUint32Le(uint32(stack[4]) + 4*i)
	}
	c.args = args[:count]
	value, err := scriptHosts[which].run(&c)
	if err != nil {
		panic(err) // the runtime makes it the error of the call that runs
	}
	g.returned()
	stack[0] = uint64(value)
}

// number answers an argument that is a number; 0 where it is none, and for what
// isn't finite.
func (c *scriptCall) number(i int) (float64, error) {
	if i >= len(c.args) {
		return 0, nil
	}
	is, err := c.named(c.ctx, "qjs_is_number", uint64(c.args[i]))
	if err != nil || is == 0 {
		return 0, err
	}
	if _, err := c.named(c.ctx, "qjs_get_float64", uint64(c.args[i])); err != nil {
		return 0, err
	}
	v := api.DecodeF64(c.stack[0])
	if v != v || v-v != 0 {
		return 0, nil
	}
	return v, nil
}

// with gives use the bytes of an argument, in a copy: use may call the engine.
func (c *scriptCall) with(i int, use func(p []byte) (uint32, error)) (uint32, error) {
	if i >= len(c.args) {
		return c.refuse(abi.ErrnoBadCall)
	}
	p, at, ok, err := c.read(c.ctx, c.args[i])
	if err != nil {
		return 0, err
	}
	if ok {
		c.charge(len(p))
		p = slices.Clone(p)
		if _, err := c.do(c.ctx, c.freeString, uint64(at)); err != nil {
			return 0, err
		}
		return use(p)
	}
	p, ok, err = c.bytes(c.ctx, c.args[i])
	if err != nil || !ok {
		return 0, err // the engine's own exception says what is wrong
	}
	c.charge(len(p))
	return use(slices.Clone(p))
}

// charge takes the cost of work on so many bytes from the guest's fuel.
func (c *scriptCall) charge(bytes int) { c.guest.charge(bytes) }

func (c *scriptCall) answer(n int64) (uint32, error) {
	return c.do(c.ctx, c.newNumber, api.EncodeF64(float64(n)))
}

func (c *scriptCall) refuse(e abi.Errno) (uint32, error) { return c.answer(int64(e)) }

// reply answers the text that a host call yielded, or its number.
func (c *scriptCall) reply(n int64, body []byte) (uint32, error) {
	if n <= 0 {
		return c.answer(n)
	}
	return c.text(c.ctx, slices.Clone(body))
}

// bytesOf makes a Uint8Array.
func (c *scriptCall) bytesOf(p []byte) (uint32, error) {
	at, err := c.place(c.ctx, p)
	if err != nil {
		return 0, err
	}
	value, err := c.do(c.ctx, c.newBytes, uint64(at), uint64(len(p)))
	if err == nil {
		_, err = c.do(c.ctx, c.mfree, uint64(at))
	}
	return value, err
}

func scriptBlobRead(c *scriptCall) (uint32, error) {
	var n [3]float64 // handle, offset, most
	for i := range n {
		var err error
		if n[i], err = c.number(i); err != nil {
			return 0, err
		}
	}
	size := uint32(min(max(n[2], 0), maxPiece))
	args := binary.LittleEndian.AppendUint64(le32(uint64(uint32(int32(n[0])))), uint64(max(n[1], 0)))
	got, body := c.guest.ask(hostBlobRead, binary.LittleEndian.AppendUint32(args, size))
	if got < 0 {
		return c.answer(got)
	}
	if len(body) > int(size) {
		return c.refuse(abi.ErrnoIO)
	}
	return c.bytesOf(slices.Clone(body))
}

var digests = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

func (c *scriptCall) hashed(use func(h func() hash.Hash) (uint32, error)) (uint32, error) {
	return c.with(0, func(name []byte) (uint32, error) {
		h := digests[string(name)]
		if h == nil {
			return c.refuse(abi.ErrnoNotFound)
		}
		return use(h)
	})
}

func (c *scriptCall) sum(h hash.Hash, p []byte) (uint32, error) {
	c.charge(8 * len(p))
	h.Write(p)
	return c.bytesOf(h.Sum(nil))
}
