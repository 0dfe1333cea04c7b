package egress

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

const (
	// maxHeld bounds what is held of each output until the guest reads it; beyond that the
	// command waits.
	maxHeld = 256 << 10
	// gather is how long is waited for more of what a command writes in pieces: a guest
	// may make only so many calls.
	gather = 500 * time.Millisecond
)

// start runs a command, whose end shows in its output.
func (sh *shell) start(command string, input []byte, m *mask) error {
	session, err := sh.client.NewSession()
	if err != nil {
		return err
	}
	out := &output{news: make(chan struct{}, 1), mask: m}
	out.room.L = &out.mu
	session.Stdin = bytes.NewReader(input)
	session.Stdout, session.Stderr = writer{out, &out.stdout}, writer{out, &out.stderr}
	sh.session, sh.output = session, out
	if err := session.Start(command); err != nil {
		return err
	}
	go func() { out.finish(session.Wait()) }()
	return nil
}

// end stops a command that still runs, as far as its server heeds that.
func (sh *shell) end() error {
	if sh.output != nil && sh.output.leave() {
		_ = sh.session.Signal(ssh.SIGTERM)
	}
	if err := sh.client.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil // the other side was sooner
}

// read waits for output, or for the end of the command.
func (sh *shell) read(ctx context.Context, most int, into *abi.NetResponse) error {
	if sh.output == nil {
		return refuse(abi.ErrnoBadCall, "no command runs on that connection: start one")
	}
	stdout, stderr, err := sh.output.read(ctx, most)
	into.Data, into.Stderr = base64.StdEncoding.EncodeToString(stdout), base64.StdEncoding.EncodeToString(stderr)
	var exit *ssh.ExitError
	switch {
	case errors.Is(err, io.EOF):
		into.EOF, into.Exit = true, &abi.Exit{}
	case errors.As(err, &exit):
		into.EOF, into.Exit = true, &abi.Exit{Status: exit.ExitStatus(), Signal: cut(exit.Signal(), maxMethod)}
	case ctx.Err() != nil:
		return err
	case err != nil:
		return errors.New("the connection was lost while the command ran")
	}
	return nil
}

// output is what a command has written and nobody has read.
type output struct {
	mu             sync.Mutex
	room           sync.Cond
	news           chan struct{}
	stdout, stderr []byte
	mask           *mask
	ended, left    bool
	err            error // how it ended
}

// writer is one of the two.
type writer struct {
	out *output
	to  *[]byte
}

// Write waits until there is room.
func (w writer) Write(p []byte) (int, error) {
	w.out.mu.Lock()
	defer w.out.mu.Unlock()
	for done := 0; ; {
		for len(*w.to) >= maxHeld && !w.out.left {
			w.out.room.Wait()
		}
		if w.out.left {
			return done, io.ErrClosedPipe
		}
		n := min(len(p)-done, maxHeld-len(*w.to))
		*w.to = append(*w.to, p[done:done+n]...)
		w.out.tell()
		if done += n; done == len(p) {
			return done, nil
		}
	}
}

func (o *output) tell() {
	select {
	case o.news <- struct{}{}:
	default:
	}
}

func (o *output) finish(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended, o.err = true, err
	o.tell()
}

// leave takes no more, and says whether the command still runs.
func (o *output) leave() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.left = true
	o.room.Broadcast()
	return !o.ended
}

// read gives what there is, at most so many bytes in all; with the last of it nothing,
// and then how the command ended: io.EOF for well.
func (o *output) read(ctx context.Context, most int) (stdout, stderr []byte, err error) {
	var due <-chan time.Time
	gathered := false
	for {
		o.mu.Lock()
		size := o.ready(o.stdout) + o.ready(o.stderr)
		if size >= most || size > 0 && (gathered || o.ended) {
			defer o.mu.Unlock()
			stdout = o.take(&o.stdout, most)
			return stdout, o.take(&o.stderr, most-len(stdout)), nil
		}
		if o.ended {
			defer o.mu.Unlock()
			if o.err == nil {
				return nil, nil, io.EOF
			}
			return nil, nil, o.err
		}
		o.mu.Unlock()
		if size > 0 && due == nil {
			due = time.After(gather)
		}
		select {
		case <-o.news:
		case <-due:
			gathered = true
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// ready is how much may be read: the begin of what may be a secret waits for its rest.
func (o *output) ready(p []byte) int {
	o.mask.hide(p)
	if o.ended {
		return len(p)
	}
	return len(p) - o.mask.begins(p)
}

func (o *output) take(from *[]byte, most int) []byte {
	n := min(o.ready(*from), most)
	out := bytes.Clone((*from)[:n])
	*from = (*from)[n:]
	o.room.Broadcast()
	return out
}
