package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// partSize is how many bytes of a blob a row holds.
const partSize = 1 << 20

// tableBlobs are rows of the database, where every server finds them.
type tableBlobs struct{ store *Store }

type blobRow struct {
	ID        string `gorm:"primaryKey"`
	Size      int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

// TableName implements GORM's Tabler.
func (blobRow) TableName() string { return "blobs" }

type partRow struct {
	BlobID  string `gorm:"primaryKey"`
	Place   int64  `gorm:"primaryKey;autoIncrement:false"`
	Content []byte
}

// TableName implements GORM's Tabler.
func (partRow) TableName() string { return "blob_parts" }

// size gives a blob's length.
func (b *tableBlobs) size(ctx context.Context, id string) (int64, error) {
	if _, err := place(id); err != nil {
		return 0, err
	}
	var row blobRow
	err := b.store.read.WithContext(ctx).Take(&row, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, ErrNoBlob
	}
	return row.Size, err
}

// copyTo writes a blob's bytes, part by part.
func (b *tableBlobs) copyTo(ctx context.Context, w io.Writer, id string, size int64) error {
	_, err := io.Copy(w, &partReader{ctx: ctx, blobs: b, id: id, left: size})
	return err
}

// partReader reads a blob row by row: rows never change, so none is held meanwhile.
type partReader struct {
	ctx   context.Context //nolint:containedctx // of the call that reads
	blobs *tableBlobs
	id    string
	place int64  // of the next row
	row   []byte // what was not read yet of the last one
	left  int64  // in further rows
}

// Read implements [io.Reader].
func (r *partReader) Read(p []byte) (int, error) {
	if len(r.row) == 0 {
		if r.left <= 0 {
			return 0, io.EOF
		}
		var row partRow
		if err := r.blobs.store.read.WithContext(r.ctx).Take(&row, "blob_id = ? AND place = ?", r.id, r.place).Error; err != nil {
			return 0, fmt.Errorf("blob %s: %w", r.id, err)
		}
		if int64(len(row.Content)) != min(partSize, r.left) {
			return 0, fmt.Errorf("blob %s: its part %d has %d bytes", r.id, r.place, len(row.Content))
		}
		r.row = row.Content
		r.left -= int64(len(r.row))
		r.place++
	}
	n := copy(p, r.row)
	r.row = r.row[n:]
	return n, nil
}

// Close implements [io.Closer].
func (r *partReader) Close() error { return nil }

// Stream implements [Blobs].
func (b *tableBlobs) Stream(ctx context.Context, id string) (io.ReadCloser, int64, error) {
	size, err := b.size(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	return &partReader{ctx: ctx, blobs: b, id: id, left: size}, size, nil
}

// Open implements [Blobs]. The bytes go through a file without a name, which the system
// removes once it is closed.
func (b *tableBlobs) Open(ctx context.Context, id string) (*os.File, error) {
	size, err := b.size(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := nameless()
	if err != nil {
		return nil, err
	}
	if err := b.copyTo(ctx, f, id, size); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func nameless() (*os.File, error) {
	f, err := os.CreateTemp("", "drawbridge-blob-") // 0600
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Read implements [Blobs].
func (b *tableBlobs) Read(ctx context.Context, id string, limit int64) ([]byte, error) {
	size, err := b.size(ctx, id)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("the blob %s has %d bytes, at most %d can be loaded here", id, size, limit)
	}
	buffer := bytes.NewBuffer(make([]byte, 0, size))
	err = b.copyTo(ctx, buffer, id, size)
	return buffer.Bytes(), err
}

// Put implements [Blobs].
func (b *tableBlobs) Put(ctx context.Context, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	id := hex.EncodeToString(sum[:])
	return id, b.keep(ctx, id, int64(len(data)), bytes.NewReader(data))
}

// keep writes a blob in one transaction: it is there whole or not at all.
func (b *tableBlobs) keep(ctx context.Context, id string, size int64, content io.Reader) error {
	if there, err := b.renew(ctx, id); there || err != nil {
		return err
	}
	return b.store.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&blobRow{id, size, time.Now().UnixMicro()})
		if made.Error != nil || made.RowsAffected == 0 {
			return made.Error // another has kept it meanwhile
		}
		for at := int64(0); at*partSize < size; at++ {
			part := make([]byte, min(partSize, size-at*partSize))
			if _, err := io.ReadFull(content, part); err != nil {
				return err
			}
			if err := tx.Create(&partRow{id, at, part}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// Renew implements [Blobs].
func (b *tableBlobs) Renew(ctx context.Context, id string) error { return mustBe(b.renew(ctx, id)) }

// renew marks a blob as written now, and says whether there is one.
func (b *tableBlobs) renew(ctx context.Context, id string) (bool, error) {
	var row blobRow
	err := b.store.read.WithContext(ctx).Take(&row, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	now := time.Now()
	if err != nil || now.Sub(fromMicro(row.CreatedAt)) <= freshFor {
		return err == nil, err
	}
	done := b.store.write.WithContext(ctx).Model(&blobRow{}).Where("id = ?", id).Update("created_at", now.UnixMicro())
	return done.RowsAffected == 1, done.Error // it may be removed meanwhile
}

// Older implements [Blobs].
func (b *tableBlobs) Older(ctx context.Context, since time.Time, each func(id string)) error {
	const page = 1000
	for last := ""; ; {
		var ids []string
		err := b.store.read.WithContext(ctx).Model(&blobRow{}).Where("id > ? AND created_at < ?", last, micro(since)).Order("id").Limit(page).Pluck("id", &ids).Error
		if err != nil {
			return err
		}
		for _, id := range ids {
			each(id)
		}
		if len(ids) < page {
			return nil
		}
		last = ids[page-1]
	}
}

// Remove implements [Blobs].
func (b *tableBlobs) Remove(ctx context.Context, id string, since time.Time) (size int64, removed bool, err error) {
	var sizes []int64
	err = b.store.write.WithContext(ctx).Raw(`DELETE FROM blobs WHERE id = ? AND created_at < ? RETURNING size`, id, micro(since)).Scan(&sizes).Error
	if err != nil || len(sizes) == 0 {
		return 0, false, err
	}
	return sizes[0], true, nil
}

type tableWriter struct {
	blobs *tableBlobs
	ctx   context.Context //nolint:containedctx // of the call that writes
	file  *os.File
	sum   hash.Hash
	size  int64
}

// Create implements [Blobs].
func (b *tableBlobs) Create(ctx context.Context) (BlobWriter, error) {
	f, err := nameless()
	if err != nil {
		return nil, err
	}
	return &tableWriter{blobs: b, ctx: ctx, file: f, sum: sha256.New()}, nil
}

// Write implements [BlobWriter].
func (w *tableWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.sum.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// Discard implements [BlobWriter].
func (w *tableWriter) Discard() error { return w.file.Close() }

// Commit implements [BlobWriter].
func (w *tableWriter) Commit() (id string, size int64, err error) {
	id = hex.EncodeToString(w.sum.Sum(nil))
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return "", 0, errors.Join(err, w.file.Close())
	}
	err = w.blobs.keep(w.ctx, id, w.size, w.file)
	return id, w.size, errors.Join(err, w.file.Close())
}

// Close implements [Blobs].
func (b *tableBlobs) Close() error { return nil }
