package app_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// disk is a small file system of its own, for a server's data.
type disk struct {
	t      *testing.T
	folder string
	prefix []string      // what starts a server that sees it
	inside func() string // the folder as this process reaches it
	filler []*os.File
}

const diskSize = 256 << 20

// newDisk mounts a small file system: ext4 in a file where this is root, or else a
// tmpfs in a name space that the server has for itself. Where neither can be, the test
// is skipped.
func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{t: t, folder: t.TempDir()}
	d.inside = func() string { return d.folder }
	why := d.loop()
	if why == nil {
		t.Log("the disk is ext4 in a file")
		return d
	}
	mount := []string{"unshare", "--user", "--map-root-user", "--mount", "sh", "-c", fmt.Sprintf(`mount -t tmpfs -o size=%d,mode=700 tmpfs "$0" && exec "$@"`, diskSize), d.folder}
	if said, err := exec.CommandContext(t.Context(), mount[0], append(mount[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here, neither ext4 in a file (%v) nor a tmpfs in a name space (%v: %s)", why, err, said)
	}
	t.Logf("the disk is a tmpfs in a name space, because ext4 can't be mounted: %v", why)
	d.prefix = mount
	return d
}

func (d *disk) loop() error {
	image := filepath.Join(d.t.TempDir(), "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(image, diskSize); err != nil {
		return err
	}
	for _, words := range [][]string{{"mkfs.ext4", "-q", "-m", "0", image}, {"mount", "-o", "loop", image, d.folder}} {
		if said, err := exec.CommandContext(d.t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", words[0], err, strings.TrimSpace(string(said)))
		}
	}
	d.t.Cleanup(func() {
		d.free() // an open file would hold it
		if err := syscall.Unmount(d.folder, 0); err != nil {
			d.t.Errorf("unmounting the disk: %v", err)
		}
	})
	return nil
}

// server starts a server whose data lie on the disk.
func (d *disk) server(more ...string) *process {
	p := launch(d.t, append(append(append([]string{}, d.prefix...), os.Args[0], "serve", "--data", filepath.Join(d.folder, "data"), "--listen", "127.0.0.1:0"), more...)...)
	if d.prefix != nil {
		d.inside = func() string { return filepath.Join("/proc", fmt.Sprint(p.command.Process.Pid), "root", d.folder) }
	}
	return p
}

// fill leaves no byte of the disk free.
func (d *disk) fill() {
	d.t.Helper()
	file, err := os.Create(filepath.Join(d.inside(), fmt.Sprint("filler", len(d.filler))))
	if err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			return
		}
		d.t.Fatal(err)
	}
	d.filler = append(d.filler, file)
	at := int64(0)
	for _, size := range []int64{1 << 20, 64 << 10, 4 << 10} {
		for {
			err := syscall.Fallocate(int(file.Fd()), 0, at, size)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if errors.Is(err, syscall.ENOSPC) {
				break
			}
			if err != nil {
				d.t.Fatal(err)
			}
			at += size
		}
	}
}

// free takes away what fill wrote.
func (d *disk) free() {
	d.t.Helper()
	for _, file := range d.filler {
		if err := errors.Join(file.Truncate(0), file.Close(), os.Remove(filepath.Join(d.inside(), filepath.Base(file.Name())))); err != nil {
			d.t.Fatal(err)
		}
	}
	d.filler = nil
}

// copied copies the database of a server that rests to another folder, because SQLite
// finds no file in a name space of another's.
func (d *disk) copied() string {
	d.t.Helper()
	folder := d.t.TempDir()
	for _, name := range []string{store.FileName, store.FileName + "-wal"} {
		if err := os.WriteFile(filepath.Join(folder, name), must(os.ReadFile(filepath.Join(d.inside(), "data", name))), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	return folder
}

// TestDiskFull fills the disk of a server that is at work, and frees it again: senders
// are told 503 while it is full and nothing they were told otherwise is lost, no call
// begins that isn't on disk, and all goes on without a restart.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a disk for seconds; not in short mode")
	}
	needsConnectors(t)
	const count = 90
	d := newDisk(t)
	w := newSiege(t, filepath.Join(d.folder, "data"), d.server)
	t.Cleanup(func() { w.p.kill() }) // before the disk is unmounted
	stop := make(chan struct{})
	var people sync.WaitGroup
	people.Go(func() { w.approve(stop) })
	l := w.load(0, count)
	w.reached(count / 3)
	d.fill()
	var kept []string // what found room in a file's holes, and so must end
	turnedAway := 0
	send := func(n, size int) (taken bool) {
		body := map[string]any{"n": 1_000_000 + n, "url": w.other.URL, "more": strings.Repeat("x", size)}
		r := w.ask(call{"POST", w.hooks[1], "", body, map[string]string{"Idempotency-Key": fmt.Sprint("more", n)}})
		switch {
		case r == nil:
			t.Error("a delivery has no answer on a full disk")
		case r.status == http.StatusAccepted:
			kept = append(kept, r.header.Get("X-Drawbridge-Run"))
			return true
		case r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "":
			t.Errorf("a delivery on a full disk is answered %d: %s", r.status, r.body)
		default:
			turnedAway++
		}
		return false
	}
	more := 0
	waitFor(t, "deliveries to be refused", func() bool {
		send(more, 60<<10)
		more++
		return turnedAway >= 10
	})
	d.fill() // what was left over meanwhile
	for n := range 20 {
		send(more+n, 200<<10) // too large for a row
	}
	<-time.After(2 * time.Second) // it stays full for a while: that is what is tested
	holes := len(kept)
	d.free()
	freed := time.Now()
	waitFor(t, "a delivery to be taken again", func() bool {
		more++
		return send(more+100, 200<<10)
	})
	back := time.Since(freed)
	if back > 5*time.Second {
		t.Errorf("deliveries are taken again %v after the disk was freed", back)
	}
	l.Wait()
	unknown := w.answerUnknown()
	close(stop)
	people.Wait()
	w.judge(count)
	for _, id := range kept {
		if r := w.do(call{"GET", "/runs/" + id, auth.Admin, nil, nil}).want(200); r["state"] != "succeeded" {
			t.Errorf("the run %s, which was acknowledged on a full disk, is %v: %v", id, r["state"], r["error"])
		}
	}
	if unknown > 0 || w.lost > 0 {
		t.Errorf("%d calls are unknown and %d deliveries have no answer, though the server was there all the time", unknown, w.lost)
	}
	w.data = d.copied()
	db := w.database()
	defer db.Close()
	wholeJournals(t, db)
	t.Logf("%d and %d deliveries refused while the disk was full, %d taken in its files' holes; taken again %v after it was freed", w.refused, turnedAway, holes, back.Round(time.Millisecond))
}
