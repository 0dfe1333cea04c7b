package archive

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

func list(_ *sdk.Context, in ListInput) (ListOutput, error) {
	r, err := in.File.OpenAt()
	if err != nil {
		return ListOutput{}, err
	}
	defer r.Close() //nolint:errcheck // read only
	out := ListOutput{Entries: []Entry{}}
	out.Format, err = walk(source{r, in.File.Size()}, "", "", func(e Entry, _ func() (io.ReadCloser, error)) error {
		if len(out.Entries) == in.Limit {
			out.Truncated = true
			return errEnough
		}
		out.Entries = append(out.Entries, e)
		out.Count++
		out.Size += max(e.Size, 0)
		return nil
	})
	return out, err
}

// extractor takes files out, within what is left.
type extractor struct {
	context *sdk.Context
	in      ExtractInput
	out     ExtractOutput
	left    int64 // bytes that may still come out
	entries int   // of all archives within one another
}

func extract(c *sdk.Context, in ExtractInput) (ExtractOutput, error) {
	r, err := in.File.OpenAt()
	if err != nil {
		return ExtractOutput{}, err
	}
	defer r.Close() //nolint:errcheck // read only
	for i, pattern := range in.Names {
		if _, err := path.Match(pattern, ""); err != nil {
			return ExtractOutput{}, sdk.BadInput("/names", "item %d, %q, is no pattern: %v", i, pattern, err)
		}
	}
	x := &extractor{context: c, in: in, left: in.MaxSize, out: ExtractOutput{Files: []File{}, Skipped: []Skipped{}}}
	size := in.File.Size()
	// All that comes out of the outermost counts against what was given, however it is
	// packed within.
	if most := max(freeBytes, size*int64(in.MaxRatio)); most < x.left {
		x.left = most
	}
	x.out.Format, err = x.archive(source{r, size}, "", 0)
	return x.out, err
}

// archive takes the files out of one archive; prefix is the way to it.
func (x *extractor) archive(s source, prefix string, depth int) (string, error) {
	return walk(s, prefix, x.in.Password, func(e Entry, open func() (io.ReadCloser, error)) error {
		if x.entries++; x.entries > mostEntries {
			return tooMany()
		}
		clean, changed := inside(e.Name)
		name := clean
		if prefix != "" {
			name = prefix + "!" + clean
		}
		switch {
		case e.Kind == "folder":
			return nil
		case e.Kind != "file":
			x.skip(name, map[bool]string{true: "link", false: "other"}[e.Kind == "link"])
			return nil
		case e.Archive && depth < x.in.Depth:
			if done, err := x.nested(e, open, name, depth); done || err != nil {
				return err
			}
		}
		if !x.wanted(name) {
			return nil
		}
		return x.file(e, open, name, changed)
	})
}

func (x *extractor) skip(name, why string) {
	if len(x.out.Skipped) < 1000 {
		x.out.Skipped = append(x.out.Skipped, Skipped{name, why})
	}
}

func (x *extractor) wanted(name string) bool {
	if len(x.in.Names) == 0 {
		return true
	}
	for _, pattern := range x.in.Names {
		whole, _ := path.Match(pattern, name) // it was tried before
		last, _ := path.Match(pattern, path.Base(name))
		if whole || last || pattern == name {
			return true
		}
	}
	return false
}

// nested opens an archive inside; done is false where it is none that can be read.
func (x *extractor) nested(e Entry, open func() (io.ReadCloser, error), name string, depth int) (done bool, err error) {
	if e.Size > mostNested {
		return false, sdk.TooLarge("the inner archive %q has more than %d MiB", name, mostNested>>20)
	}
	r, err := open()
	if err != nil {
		return false, x.unreadable(name, err)
	}
	defer r.Close() //nolint:errcheck // read only
	var held bytes.Buffer
	if _, err := x.copied(&held, r, e, min(x.left, mostNested), name); err != nil {
		return false, err
	}
	inner := source{bytes.NewReader(held.Bytes()), int64(held.Len())}
	if formatOf(inner) == "" { // named so alone
		if x.wanted(name) {
			err = x.store(bytes.NewReader(held.Bytes()), name, e.Unsafe, e)
		}
		return true, err
	}
	_, err = x.archive(inner, name, depth+1)
	return true, err
}

// unreadable leaves out what only lacks a password; all else ends the call.
func (x *extractor) unreadable(name string, err error) error {
	switch {
	case errors.Is(err, errEncrypted):
		x.skip(name, "encrypted")
		return nil
	case errors.Is(err, errMethod), errors.Is(err, zip.ErrAlgorithm):
		x.skip(name, "unsupported")
		return nil
	}
	return known(name, err)
}

func known(name string, err error) error {
	var mine *abi.Error
	if errors.As(err, &mine) {
		return err
	}
	return sdk.BadInput("/file", "the entry %q can't be read: %v", name, err)
}

func (x *extractor) file(e Entry, open func() (io.ReadCloser, error), name string, changed bool) error {
	if len(x.out.Files) == x.in.MaxFiles {
		return sdk.TooLarge("the archive has more than %d files to take out: name those that are wanted, or raise maxFiles (at most %d)", x.in.MaxFiles, mostFiles)
	}
	if e.Size > x.left {
		return x.overflow(name)
	}
	r, err := open()
	if err != nil {
		return x.unreadable(name, err)
	}
	defer r.Close() //nolint:errcheck // read only
	return x.store(r, name, changed, e)
}

func (x *extractor) overflow(name string) error {
	return sdk.TooLarge("with %q more would come out than the bounds allow (maxSize %d bytes, maxRatio %d): the archive may be a bomb", name, x.in.MaxSize, x.in.MaxRatio)
}

func (x *extractor) store(r io.Reader, name string, changed bool, e Entry) error {
	sum := sha256.New()
	var size int64
	data, err := x.context.StoreBlob("application/octet-stream", func(w io.Writer) error {
		var err error
		size, err = x.copied(io.MultiWriter(w, sum), r, e, x.left, name)
		return err
	})
	if err != nil {
		return known(name, err)
	}
	x.out.Files = append(x.out.Files, File{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil)), Data: data, Unsafe: changed})
	x.out.Size += size
	return nil
}

// copied copies an entry's content, whatever its archive says of its size.
func (x *extractor) copied(w io.Writer, r io.Reader, e Entry, most int64, name string) (int64, error) {
	if e.Packed > 0 {
		most = min(most, max(freeBytes, e.Packed*int64(x.in.MaxRatio)))
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, io.LimitReader(r, most+1), make([]byte, 64<<10))
	if err != nil {
		return n, known(name, err)
	}
	if n > most {
		return n, x.overflow(name)
	}
	x.left -= n
	return n, nil
}
