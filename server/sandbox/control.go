package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The control socket keeps message boundaries. The server sends the hello, then
// slots, each with its descriptor, and cancels. Its end of file ends the child.
const (
	controlHello  byte = 'h' // JSON of hello
	controlSlot   byte = 's' // u32 slot, with one descriptor
	controlCancel byte = 'c' // u32 slot, u64 seq

	maxControl = 64 << 10
)

// hello configures a child.
type hello struct {
	Cache        string        `json:"cache"`   // folder of compiled code, to read
	Compile      int           `json:"compile"` // workers that compile one module into the folder; 0 runs modules
	CPU          time.Duration `json:"cpu"`     // of the processor, in all; 0 is without end
	Idle         time.Duration `json:"idle"`
	InstanceIdle time.Duration `json:"instanceIdle"`
	DataLimit    uint64        `json:"dataLimit"` // RLIMIT_DATA in bytes; 0 is none
}

func sendHello(c *net.UnixConn, h hello) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = c.Write(append([]byte{controlHello}, raw...))
	return err
}

func sendSlot(c *net.UnixConn, id uint32, f *os.File) error {
	msg := binary.LittleEndian.AppendUint32([]byte{controlSlot}, id)
	_, _, err := c.WriteMsgUnix(msg, unix.UnixRights(int(f.Fd())), nil)
	return err
}

func sendCancel(c *net.UnixConn, id uint32, seq uint64) error {
	msg := binary.LittleEndian.AppendUint32([]byte{controlCancel}, id)
	_, err := c.Write(binary.LittleEndian.AppendUint64(msg, seq))
	return err
}

// receive reads one control message and the descriptor that came with it, nil
// if none did.
func receive(c *net.UnixConn, buf []byte) ([]byte, *os.File, error) {
	oob := make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := c.ReadMsgUnix(buf, oob)
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, net.ErrClosed
	}
	if oobn == 0 {
		return buf[:n], nil, nil
	}
	list, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(list) != 1 {
		return nil, nil, fmt.Errorf("control message with %d parts: %w", len(list), err)
	}
	fds, err := unix.ParseUnixRights(&list[0])
	if err != nil || len(fds) != 1 {
		return nil, nil, fmt.Errorf("control message with %d descriptors: %w", len(fds), err)
	}
	unix.CloseOnExec(fds[0])
	return buf[:n], os.NewFile(uintptr(fds[0]), "slot"), nil
}

// socketPair makes two connected sockets. The second stays a file, to be
// handed to a child.
func socketPair(kind int) (*net.UnixConn, *os.File, error) {
	fds, err := cloexecPair(kind)
	if err != nil {
		return nil, nil, fmt.Errorf("make a socket pair: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "child")
	ours, err := unixConn(os.NewFile(uintptr(fds[0]), "server"))
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}

// unixConn makes a connection of a socket's file and closes the file.
func unixConn(f *os.File) (*net.UnixConn, error) {
	defer f.Close() //nolint:errcheck // FileConn duplicates the descriptor
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("not a Unix socket"), c.Close())
	}
	return u, nil
}
