package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// source is an archive that can be read at any place.
type source struct {
	io.ReaderAt
	size int64
}

// formatOf tells an archive by its content; "" is none.
func formatOf(s source) string {
	head := make([]byte, 512)
	n, err := s.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")), bytes.HasPrefix(head, []byte("PK\x07\x08")):
		return "zip"
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(s.reader())
		if err != nil {
			return "gz"
		}
		inner := make([]byte, 512)
		if n, _ := io.ReadFull(z, inner); isTar(inner[:n]) { // what is cut short is none
			return "tar.gz"
		}
		return "gz"
	case isTar(head):
		return "tar"
	}
	return ""
}

func isTar(head []byte) bool { return len(head) >= 262 && string(head[257:262]) == "ustar" }

func (s source) reader() io.Reader { return io.NewSectionReader(s, 0, s.size) }

// visit is told of one entry. open reads its content; it is nil where there is none.
type visit func(e Entry, open func() (io.ReadCloser, error)) error

// errEnough ends a walk without a fault.
var errEnough = errors.New("enough")

// walk goes through an archive's entries, at most mostEntries of them.
func walk(s source, name, password string, each visit) (format string, err error) {
	switch format = formatOf(s); format {
	case "zip":
		err = walkZip(s, password, each)
	case "tar":
		err = walkTar(s.reader(), each)
	case "tar.gz", "gz":
		z, zerr := gzip.NewReader(s.reader())
		if zerr != nil {
			return format, sdk.BadInput("/file", "isn't sound gzip: %v", zerr)
		}
		if format == "tar.gz" {
			err = walkTar(z, each)
			break
		}
		err = each(gzipEntry(z, name), func() (io.ReadCloser, error) { return io.NopCloser(z), nil })
	default:
		return "", sdk.BadInput("/file", "is no zip, tar, tar.gz or gz")
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return format, err
}

func gzipEntry(z *gzip.Reader, name string) Entry {
	if z.Name != "" {
		name = z.Name
	} else if bare := strings.TrimSuffix(name, ".gz"); bare != "" {
		name = path.Base(bare)
	} else {
		name = "content"
	}
	return entryOf(name, "file", -1, z.ModTime)
}

func entryOf(name, kind string, size int64, at time.Time) Entry {
	e := Entry{Name: strings.ToValidUTF8(name, "\ufffd"), Kind: kind, Size: size}
	if !at.IsZero() && at.Unix() > 0 && at.Year() < 10000 {
		e.Modified = at.UTC().Format(time.RFC3339)
	}
	_, e.Unsafe = inside(e.Name)
	switch strings.ToLower(path.Ext(e.Name)) {
	case ".zip", ".jar", ".gz", ".tgz", ".tar", ".7z", ".rar", ".iso", ".cab", ".xz", ".bz2":
		e.Archive = kind == "file"
	}
	return e
}

// inside gives a way that stays below the folder it is unpacked to, and says whether
// the given one doesn't.
func inside(name string) (clean string, changed bool) {
	flat := strings.ReplaceAll(name, `\`, "/")
	if len(flat) > 1 && flat[1] == ':' {
		flat, changed = flat[2:], true
	}
	var parts []string
	for i, part := range strings.Split(flat, "/") {
		switch part {
		case "..":
			changed = true
		case "", ".":
			changed = changed || i == 0 && part == ""
		default:
			parts = append(parts, strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					changed = true
					return '_'
				}
				return r
			}, part))
		}
	}
	if len(parts) == 0 {
		return "unnamed", true
	}
	return strings.Join(parts, "/"), changed
}

func tooMany() error {
	return sdk.TooLarge("the archive has more than %d entries", mostEntries)
}

// declared reads how many entries a zip says to have, before all of them are read: a
// directory of millions would take the memory.
func declared(s source) int {
	tail := make([]byte, min(s.size, 66_000))
	if _, err := s.ReadAt(tail, s.size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || at+16 > len(tail) {
		return 0
	}
	n, length := int(binary.LittleEndian.Uint16(tail[at+10:])), int(binary.LittleEndian.Uint32(tail[at+12:]))
	return max(n, length/400) // an entry has 46 bytes and a name of at most so much more, mostly
}

func walkZip(s source, password string, each visit) error {
	if declared(s) > mostEntries {
		return tooMany()
	}
	z, err := zip.NewReader(s, s.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return sdk.BadInput("/file", "isn't a sound zip: %v", err)
	}
	if len(z.File) > mostEntries {
		return tooMany()
	}
	for _, f := range z.File {
		kind := "file"
		switch mode := f.Mode(); {
		case mode.IsDir():
			kind = "folder"
		case mode&fs.ModeSymlink != 0:
			kind = "link"
		case !mode.IsRegular():
			kind = "other"
		}
		e := entryOf(f.Name, kind, int64(min(f.UncompressedSize64, 1<<62)), f.Modified)
		e.Packed = int64(min(f.CompressedSize64, 1<<62))
		e.Encrypted = f.Flags&1 != 0
		open := f.Open
		if e.Encrypted {
			open = func() (io.ReadCloser, error) { return decrypted(f, password) }
		}
		if kind == "folder" {
			open = nil
		}
		if err := each(e, open); err != nil {
			return err
		}
	}
	return nil
}

func walkTar(r io.Reader, each visit) error {
	t := tar.NewReader(r)
	for n := 0; ; n++ {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return sdk.BadInput("/file", "isn't a sound tar after %d entries: %v", n, err)
		case n == mostEntries:
			return tooMany()
		}
		kind := "other"
		open := func() (io.ReadCloser, error) { return io.NopCloser(t), nil }
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse:
			kind = "file"
		case tar.TypeDir:
			kind, open = "folder", nil
		case tar.TypeSymlink, tar.TypeLink:
			kind = "link"
		}
		e := entryOf(h.Name, kind, h.Size, h.ModTime)
		e.Link = h.Linkname
		if err := each(e, open); err != nil {
			return err
		}
	}
}
