package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Collected counts what a collection of blobs did.
type Collected struct {
	// Old are the blobs that were old enough to be looked for, Removed those that
	// nothing named.
	Old, Removed int
	Bytes        int64
}

// blobID is a blob's id without its letters.
type blobID [32]byte

// collection looks for what nothing names any more.
type collection struct {
	store *Store
	rest  func(begun time.Time) error
	// old are the blobs that were not found yet.
	old map[blobID]struct{}
	// within are blobs that hold part of a run, and may name others.
	within map[blobID]struct{}
}

// CollectBlobs removes the blobs that nobody has written since a time and that nothing
// names. What a run in flight has written is younger: a value is written before the row
// that names it, and writing the same value again makes it young. Nothing else that
// removes runs may be at work meanwhile, or a name could move from a row that is
// not looked at yet to one that was. Rest is called between the pieces of the work with
// the time at which the last began.
func (s *Store) CollectBlobs(ctx context.Context, since time.Time, rest func(begun time.Time) error) (done Collected, err error) {
	c := &collection{store: s, rest: rest, old: map[blobID]struct{}{}, within: map[blobID]struct{}{}}
	err = s.blobs.Older(ctx, since, func(id string) {
		if key, ok := parseBlob([]byte(id)); ok {
			c.old[key] = struct{}{}
		}
	})
	done.Old = len(c.old)
	for _, look := range []func(context.Context) error{c.tables, c.cassettes, c.runs, c.contents} {
		if err != nil || len(c.old) == 0 {
			return done, err
		}
		err = look(ctx)
	}
	if err != nil {
		return done, err
	}
	for key := range c.old {
		begun := time.Now()
		size, removed, err := s.blobs.Remove(ctx, hex.EncodeToString(key[:]), since)
		if err == nil && removed {
			done.Removed++
			done.Bytes += size
		}
		if err = errors.Join(err, rest(begun)); err != nil {
			return done, err
		}
	}
	return done, nil
}

func parseBlob(id []byte) (key blobID, ok bool) {
	if len(id) != 2*len(key) {
		return key, false
	}
	_, err := hex.Decode(key[:], id)
	return key, err == nil
}

// named finds the blobs that a text names: {"$blob": {"id": …}}. Whatever looks like an
// id is taken for one where there is any.
func (c *collection) named(text []byte) {
	if !bytes.Contains(text, []byte(abi.BlobKey)) {
		return
	}
	begin := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'f') {
			continue
		}
		if key, ok := parseBlob(text[begin:i]); ok {
			delete(c.old, key)
		}
		begin = i + 1
	}
}

// holds finds the blob that holds part of a run.
func (c *collection) holds(ref *string) {
	if ref == nil {
		return
	}
	if key, ok := parseBlob([]byte(*ref)); ok {
		delete(c.old, key)
		c.within[key] = struct{}{}
	}
}

// tables looks at what may change: before the runs, because what a step reads there
// may stand in a run's journal a moment later, and not there any more.
func (c *collection) tables(ctx context.Context) error {
	var digests []string
	if err := c.store.read.WithContext(ctx).Model(&connectorRow{}).Pluck("digest", &digests).Error; err != nil {
		return err
	}
	var attached []string
	if err := c.store.read.WithContext(ctx).Model(&caseAttachmentRow{}).Distinct().Pluck("sha256", &attached).Error; err != nil {
		return err
	}
	for _, digest := range append(digests, attached...) {
		if key, ok := parseBlob([]byte(digest)); ok {
			delete(c.old, key)
		}
	}
	for _, column := range []struct{ table, name string }{
		{"connector_kv", "value"}, {"signals", "payload"}, {"questions", "content"}, {"question_answers", "form"}, {"samples", "input"},
	} {
		if err := c.column(ctx, column.table, column.name); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) column(ctx context.Context, table, name string) error {
	rows, err := c.store.read.WithContext(ctx).Table(table).Select(name).Where(fmt.Sprintf(c.store.dialect.contains, name, "?"), abi.BlobKey).Rows()
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read only
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return err
		}
		c.named(text)
	}
	return rows.Err()
}

// Pieces of a collection.
const (
	cassettesAtOnce = 200
	runsAtOnce      = 500
)

func (c *collection) cassettes(ctx context.Context) error {
	c.store.recorder.settle()
	for last := (cassetteRow{Attempt: -1}); ; {
		begun := time.Now()
		var rows []cassetteRow
		err := c.store.read.WithContext(ctx).Select("run_id", "step_key", "attempt", "content", "blob_ref").
			Where("(run_id, step_key, attempt) > (?, ?, ?)", last.RunID, last.StepKey, last.Attempt).
			Order("run_id, step_key, attempt").Limit(cassettesAtOnce).Find(&rows).Error
		if err != nil {
			return err
		}
		for i := range rows {
			if err := c.cassette(ctx, &rows[i]); err != nil {
				return err
			}
		}
		if len(rows) < cassettesAtOnce {
			return nil
		}
		last = rows[len(rows)-1]
		if err := c.rest(begun); err != nil {
			return err
		}
	}
}

func (c *collection) cassette(ctx context.Context, row *cassetteRow) error {
	packed := row.Content
	if row.BlobRef != nil {
		var err error
		if packed, err = c.store.blobs.Read(ctx, *row.BlobRef, maxLoad); errors.Is(err, ErrNoBlob) {
			return nil // it can't be replayed, and names nothing that could
		} else if err != nil {
			return err
		}
		if key, ok := parseBlob([]byte(*row.BlobRef)); ok {
			delete(c.old, key)
		}
	}
	content, err := c.store.recorder.unpack.DecodeAll(packed, nil)
	if err != nil {
		return fmt.Errorf("cassette of %s in run %s: %w", row.StepKey, row.RunID, err)
	}
	c.named(content)
	return nil
}

// runs looks at runs and their journals, as many at once as don't keep others waiting.
func (c *collection) runs(ctx context.Context) error {
	read := func() *gorm.DB { return c.store.read.WithContext(ctx) }
	output := fmt.Sprintf(c.store.dialect.holds, "output")
	for last := ""; ; {
		begun := time.Now()
		var rows []runRow
		if err := read().Select("id", "input", "input_ref").Where("id > ?", last).Order("id").Limit(runsAtOnce).Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			c.holds(rows[i].InputRef)
			if rows[i].Input != nil {
				c.named([]byte(*rows[i].Input))
			}
		}
		first := rows[0].ID
		last = rows[len(rows)-1].ID
		var events []journalRow
		err := read().Select("output", "blob_ref").Where("run_id >= ? AND run_id <= ? AND (blob_ref IS NOT NULL OR "+output+")", first, last, abi.BlobKey).Find(&events).Error
		if err != nil {
			return err
		}
		for i := range events {
			c.holds(events[i].BlobRef)
			c.named(events[i].Output)
		}
		if err := c.rest(begun); err != nil {
			return err
		}
	}
}

// contents looks into the blobs that hold parts of runs.
func (c *collection) contents(ctx context.Context) error {
	for key := range c.within {
		if len(c.old) == 0 {
			return nil
		}
		begun := time.Now()
		text, err := c.store.blobs.Read(ctx, hex.EncodeToString(key[:]), maxLoad)
		if errors.Is(err, ErrNoBlob) {
			continue // its run can't be read
		}
		if err != nil {
			return err
		}
		c.named(text)
		if err := c.rest(begun); err != nil {
			return err
		}
	}
	return nil
}
