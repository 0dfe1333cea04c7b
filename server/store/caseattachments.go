package store

import (
	"context"
	"errors"
	"io"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

type caseAttachmentRow struct {
	CaseID  string `gorm:"primaryKey"`
	ID      string `gorm:"primaryKey"`
	SHA256  string `gorm:"column:sha256"`
	Name    string
	Size    int64
	Type    string
	AddedAt int64
	AddedBy string
}

// TableName implements GORM's Tabler.
func (caseAttachmentRow) TableName() string { return "case_attachments" }

// Attachments implements [cases.Store].
func (s *Store) Attachments(ctx context.Context, caseID string) ([]cases.Attachment, error) {
	return s.attachmentsOf(s.read.WithContext(ctx), caseID)
}

func (s *Store) attachmentsOf(tx *gorm.DB, id string) ([]cases.Attachment, error) {
	var rows []caseAttachmentRow
	if err := tx.Where("case_id = ?", id).Order("added_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]cases.Attachment, len(rows))
	for i := range rows {
		r := &rows[i]
		by, err := actorOf(s.dialect.unescape(r.AddedBy))
		if err != nil {
			return nil, err
		}
		list[i] = cases.Attachment{ID: r.ID, SHA256: r.SHA256, Name: r.Name, Size: r.Size, Type: r.Type, Added: fromMicro(r.AddedAt), AddedBy: by}
	}
	return list, nil
}

// keepAttachments writes which files were added and taken away, and finds the case by
// their names.
func (s *Store) keepAttachments(tx *gorm.DB, w *cases.Work) error {
	for i := range w.Attached {
		a := &w.Attached[i]
		by, err := actorText(a.AddedBy)
		if err != nil {
			return err
		}
		row := caseAttachmentRow{w.Case.ID, a.ID, a.SHA256, a.Name, a.Size, a.Type, micro(a.Added), s.dialect.escape(by)}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := keepWords(tx, w.Case.ID, wordsOfArtifacts, a.Name); err != nil {
			return err
		}
	}
	for _, id := range w.Detached {
		if err := tx.Where("case_id = ? AND id = ?", w.Case.ID, id).Delete(&caseAttachmentRow{}).Error; err != nil {
			return err
		}
	}
	return nil
}

// CaseFiles keeps what is attached to cases among the store's blobs.
func (s *Store) CaseFiles() cases.Files { return caseFiles{s.Blobs()} }

type caseFiles struct{ blobs Blobs }

// Create implements [cases.Files].
func (f caseFiles) Create(ctx context.Context) (cases.FileWriter, error) { return f.blobs.Create(ctx) }

// Open implements [cases.Files].
func (f caseFiles) Open(ctx context.Context, sha256 string) (io.ReadCloser, int64, error) {
	file, size, err := f.blobs.Stream(ctx, sha256)
	return file, size, noFile(err)
}

// Renew implements [cases.Files].
func (f caseFiles) Renew(ctx context.Context, sha256 string) error {
	return noFile(f.blobs.Renew(ctx, sha256))
}

func noFile(err error) error {
	if errors.Is(err, ErrNoBlob) {
		return cases.ErrNoAttachment
	}
	return err
}
