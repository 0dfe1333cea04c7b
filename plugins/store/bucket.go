package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of buckets. The host keeps values of at most 64 KiB and can't list them, so
// that what is to be swept away stands in lists, over which keys are spread by a hash.
const (
	buckets    = 64
	mostBucket = 60 << 10
	tries      = 50 // until a bucket that others change too is changed
)

// entry is a line of a bucket: name, until and, of what was seen, first and owner, with
// blanks between them; times in seconds, base 36.
type entry struct {
	name         string
	until, first int64
	owner        string
}

func (e *entry) line() string {
	line := e.name + " " + strconv.FormatInt(e.until, 36)
	if e.owner != "" {
		line += " " + strconv.FormatInt(e.first, 36) + " " + e.owner
	}
	return line + "\n"
}

func parseEntry(line string) (e entry, err error) {
	parts := strings.Split(line, " ")
	if len(parts) != 2 && len(parts) != 4 {
		return e, fmt.Errorf("a line of %d parts", len(parts))
	}
	e.name = parts[0]
	if e.until, err = strconv.ParseInt(parts[1], 36, 64); err != nil || len(parts) == 2 {
		return e, err
	}
	e.owner = parts[3]
	e.first, err = strconv.ParseInt(parts[2], 36, 64)
	return e, err
}

type bucket struct{ entries []entry }

func (b *bucket) find(name string) *entry {
	if i := slices.IndexFunc(b.entries, func(e entry) bool { return e.name == name }); i >= 0 {
		return &b.entries[i]
	}
	return nil
}

// sweep takes out those whose time is over, at most so many, and answers them.
func (b *bucket) sweep(now int64, most int) (gone []entry) {
	b.entries = slices.DeleteFunc(b.entries, func(e entry) bool {
		over := e.until <= now && len(gone) < most
		if over {
			gone = append(gone, e)
		}
		return over
	})
	return gone
}

func (b *bucket) set(e entry) error {
	if old := b.find(e.name); old != nil {
		*old = e
		return nil
	}
	b.entries = append(b.entries, e)
	return nil
}

func (b *bucket) text() string {
	var out strings.Builder
	for i := range b.entries {
		out.WriteString(b.entries[i].line())
	}
	return out.String()
}

// change reads a bucket, has it changed, and writes it back unless another call was
// faster: then it does so anew.
func change(c *sdk.Context, kind string, hash byte, with func(*bucket) error) error {
	key := kind + strconv.Itoa(int(hash)%buckets)
	for range tries {
		text, ok, err := c.Get(key)
		if err != nil {
			return err
		}
		b, was := &bucket{}, (*string)(nil)
		if ok {
			was = &text
			for line := range strings.Lines(text) {
				e, err := parseEntry(strings.TrimSuffix(line, "\n"))
				if err != nil {
					return sdk.Fail("damaged", "what is kept can't be read: %v in %s", err, key)
				}
				b.entries = append(b.entries, e)
			}
		}
		if err := with(b); err != nil {
			return err
		}
		next := b.text()
		switch {
		case len(next) > mostBucket && len(next) > len(text):
			return sdk.Fail("full", "as much is remembered as fits: give shorter times, and wait until some are over")
		case next == text && ok:
			return nil
		}
		if did, err := c.Swap(key, was, &next); did || err != nil {
			return err
		}
	}
	return busy()
}

// busy says that others were always faster.
func busy() error {
	return sdk.Unavailable("too many calls change what is kept at once: try again")
}
