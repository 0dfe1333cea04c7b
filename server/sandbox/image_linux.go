package sandbox

import (
	"errors"
	"io"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// imageStore keeps the bytes of an image in a sealed file of memory: what every
// instance maps privately is one copy, which nobody can change any more.
type imageStore struct {
	fd    int
	bytes []byte
}

func (s *imageStore) keep(memory []byte) error {
	fd, err := unix.MemfdCreate("image", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // a kernel before 6.3
		fd, err = unix.MemfdCreate("image", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return err
	}
	s.fd = fd
	for at := 0; at < len(memory); {
		n, err := unix.Pwrite(fd, memory[at:], int64(at))
		if err != nil {
			return errors.Join(err, unix.Close(fd))
		}
		at += n
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	s.bytes, err = unix.Mmap(fd, 0, len(memory), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	return nil
}

func (s *imageStore) close() error {
	if s.bytes == nil {
		return nil
	}
	return errors.Join(unix.Munmap(s.bytes), unix.Close(s.fd))
}

// mapOver lays the image over a region that was reserved.
func (s *imageStore) mapOver(region []byte) error {
	at := unsafe.Pointer(&region[0]) //nolint:gosec // the kernel wants an address
	_, err := unix.MmapPtr(s.fd, 0, at, uintptr(len(region)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED)
	return err
}

// restore copies those pages back that were written to since mapOver, and gives
// them up where they are many.
func (s *imageStore) restore(region []byte) error {
	room := rangesPool.Get().(*[maxCopied + 1]pageRange) //nolint:forcetypeassert // the pool has nothing else
	defer rangesPool.Put(room)
	ranges, pages, err := written(region, room)
	if err != nil {
		return err
	}
	if pages > maxCopied {
		return unix.Madvise(region, unix.MADV_DONTNEED)
	}
	start := address(region)
	for _, r := range ranges {
		copy(region[r.start-start:r.end-start], s.bytes[r.start-start:])
	}
	return nil
}

func address(region []byte) uint64 {
	return uint64(uintptr(unsafe.Pointer(&region[0]))) //nolint:gosec // the kernel wants an address
}

// pagemap tells which pages of this process are its own. It is opened once,
// before the child gives up the right to open files.
var pagemap = sync.OnceValues(func() (int, error) {
	return unix.Open("/proc/self/pagemap", unix.O_RDONLY|unix.O_CLOEXEC, 0)
})

// pageRange is struct page_region of linux/fs.h.
type pageRange struct {
	start, end uint64
	_          uint64 // categories
}

// scanArgs is struct pm_scan_arg of linux/fs.h.
type scanArgs struct {
	size, flags, start, end, walkEnd, vec, vecLen, maxPages uint64
	inverted, mask, anyOf, returned                         uint64
}

const (
	pagemapScan = 0xc0606610 // _IOWR('f', 16, struct pm_scan_arg)
	pageFile    = 1 << 2
	pagePresent = 1 << 3
	pageSwapped = 1 << 4
)

// rangesPool lends room for the answer to one reset at a time.
var rangesPool = sync.Pool{New: func() any { return new([maxCopied + 1]pageRange) }}

// written answers the pages of a private mapping that were copied because they
// were written to: present or swapped, and not the file's. Of more than maxCopied
// it answers just that they are more.
func written(region []byte, room *[maxCopied + 1]pageRange) (ranges []pageRange, pages int, err error) {
	fd, err := pagemap()
	if err != nil {
		return nil, 0, err
	}
	start := address(region)
	args := scanArgs{
		start: start, end: start + uint64(len(region)), vec: uint64(uintptr(unsafe.Pointer(room))), //nolint:gosec // the kernel wants an address
		vecLen: uint64(len(room)), maxPages: maxCopied + 1,
		inverted: pageFile, mask: pageFile, anyOf: pagePresent | pageSwapped,
	}
	args.size = uint64(unsafe.Sizeof(args))
	n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), pagemapScan, uintptr(unsafe.Pointer(&args))) //nolint:gosec // the kernel wants an address
	if errno != 0 {
		return writtenByEntries(fd, region, room[:0])
	}
	for _, r := range room[:n] {
		pages += int((r.end - r.start) / systemPage)
	}
	return room[:n], pages, nil
}

// writtenByEntries is written for kernels before 6.7: it reads an entry a page.
func writtenByEntries(fd int, region []byte, ranges []pageRange) ([]pageRange, int, error) {
	const present, swapped, file = 1 << 63, 1 << 62, 1 << 61
	start := address(region)
	entries := make([]uint64, len(region)/systemPage)
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&entries[0])), len(entries)*8) //nolint:gosec // the same memory as bytes
	n, err := unix.Pread(fd, raw, int64(start/systemPage*8))
	if err != nil {
		return nil, 0, err
	}
	if n != len(raw) {
		return nil, 0, io.ErrUnexpectedEOF
	}
	pages := 0
	for n, e := range entries {
		if e&(present|swapped) == 0 || e&file != 0 {
			continue
		}
		at := start + uint64(n)*systemPage
		if pages++; pages > maxCopied {
			break
		}
		if last := len(ranges) - 1; last >= 0 && ranges[last].end == at {
			ranges[last].end += systemPage
			continue
		}
		ranges = append(ranges, pageRange{start: at, end: at + systemPage})
	}
	return ranges, pages, nil
}
