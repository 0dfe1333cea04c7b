package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// Case implements [cases.Store].
func (s *Store) Case(ctx context.Context, ref string) (cases.Case, error) {
	return s.oneCase(s.read.WithContext(ctx), ref)
}

// errSame ends a transaction in which nothing is to be done.
var errSame = errors.New("nothing changes")

// CreateCase implements [cases.Store].
func (s *Store) CreateCase(ctx context.Context, w *cases.Work, origin string) (c cases.Case, err error) {
	change, found := &Change{Action: "case.create", Object: "case", ObjectID: w.Case.ID}, false
	err = s.changeAs(ctx, change, func(tx *gorm.DB) error {
		if origin != "" {
			there, err := s.takeCase(tx, casesFrom(tx).Where("origin = ?", s.dialect.escape(origin)))
			if err == nil {
				for there.MergedInto != "" { // it goes on in another
					if there, err = s.oneCase(tx, there.MergedInto); err != nil {
						return err
					}
				}
				c, found = there, true
				change.Action, change.ObjectID, change.Detail = "case.join", there.ID, map[string]any{"run": w.By.Run}
				return joinCase(tx, w.By.Run, there.ID)
			}
			if !errors.Is(err, cases.ErrNotFound) {
				return err
			}
		}
		if err := tx.Model(&caseRow{}).Select("COALESCE(MAX(number), 0) + 1").Scan(&w.Case.Number).Error; err != nil {
			return err
		}
		row, err := s.caseRowOf(w.Case, s.dialect.escape(origin))
		if err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		change.Detail = map[string]any{"number": w.Case.Number, "run": w.By.Run}
		if err := s.keepFields(tx, w.Case); err != nil {
			return err
		}
		return s.keepWork(tx, w, "")
	})
	if found {
		return c, err
	}
	return *w.Case, err
}

// ChangeCase implements [cases.Store].
func (s *Store) ChangeCase(ctx context.Context, ref, key string, change func(w *cases.Work) error) (c cases.Case, err error) {
	entry := &Change{Action: "case.change", Object: "case"}
	err = s.changeAs(ctx, entry, func(tx *gorm.DB) error {
		if c, err = s.oneCase(tx, ref); err != nil {
			return err
		}
		entry.ObjectID = c.ID
		done, err := caseKeyDone(tx, c.ID, key)
		if err != nil {
			return err
		}
		if done {
			return errSame
		}
		changed := c
		w := s.workOn(tx, &changed)
		if err := change(w); err != nil {
			return err
		}
		if changed.Revision == c.Revision {
			return errSame
		}
		entry.Detail = auditedWork(w)
		if err := s.updateCase(tx, w, key); err != nil {
			return err
		}
		c = changed
		return nil
	})
	if errors.Is(err, errSame) {
		return c, nil
	}
	return c, err
}

// workOn is work on a case in a transaction.
func (s *Store) workOn(tx *gorm.DB, c *cases.Case) *cases.Work {
	id := c.ID
	return &cases.Work{
		Case:           c,
		HasArtifacts:   func() ([]cases.Artifact, error) { return s.artifactsOf(tx, id) },
		HasAttachments: func() ([]cases.Attachment, error) { return s.attachmentsOf(tx, id) },
		HasTasks:       func() ([]cases.Task, error) { return s.tasksOf(tx, id) },
	}
}

// auditedWork is what the audit log keeps of what was done to a case: the kinds, and not
// what was said.
func auditedWork(w *cases.Work) map[string]any {
	kinds := make([]string, len(w.Entries))
	for i := range w.Entries {
		kinds[i] = w.Entries[i].Kind
	}
	return map[string]any{"did": kinds, "run": w.By.Run, "revision": w.Case.Revision}
}

func caseKeyDone(tx *gorm.DB, id, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	var n int64
	err := tx.Model(&caseEntryRow{}).Where("case_id = ? AND key = ?", id, key).Count(&n).Error
	return n > 0, err
}

// MergeCases implements [cases.Store].
func (s *Store) MergeCases(ctx context.Context, from, into string, change func(from, into *cases.Work) error) (c cases.Case, err error) {
	entry := &Change{Action: "case.merge", Object: "case"}
	err = s.changeAs(ctx, entry, func(tx *gorm.DB) error {
		a, err := s.oneCase(tx, from)
		if err != nil {
			return err
		}
		if c, err = s.oneCase(tx, into); err != nil {
			return err
		}
		b, before := c, c.Revision
		wa, wb := s.workOn(tx, &a), s.workOn(tx, &b)
		if err := change(wa, wb); err != nil {
			return err
		}
		if b.Revision == before {
			return errSame
		}
		entry.ObjectID, entry.Detail = c.ID, map[string]any{"from": a.ID, "run": wb.By.Run}
		if err := s.updateCase(tx, wa, ""); err != nil {
			return err
		}
		if err := s.updateCase(tx, wb, ""); err != nil {
			return err
		}
		// The other one changed as well, which other servers read of the audit log.
		also := auditRow{At: time.Now().UnixMicro(), Actor: auth.ActorFrom(ctx).Name, ActorKind: auth.ActorFrom(ctx).Kind, Action: "case.merge", Object: "case", ObjectID: a.ID, Detail: "{}"}
		if err := tx.Create(&also).Error; err != nil {
			return err
		}
		c = b
		return nil
	})
	if errors.Is(err, errSame) {
		return c, nil
	}
	return c, err
}

func (s *Store) updateCase(tx *gorm.DB, w *cases.Work, key string) error {
	row, err := s.caseRowOf(w.Case, "")
	if err != nil {
		return err
	}
	if err := tx.Model(&caseRow{}).Where("id = ?", row.ID).Select("*").Omit("id", "number", "origin", "created_by", "created_at", "closed_by").Updates(&row).Error; err != nil {
		return err
	}
	if err := noteCloser(tx, w); err != nil {
		return err
	}
	for i := range w.Entries {
		if w.Entries[i].Kind == cases.EntryChanged {
			if err := s.keepFields(tx, w.Case); err != nil {
				return err
			}
			break
		}
	}
	return s.keepWork(tx, w, key)
}

// keepFields writes the tags and the words of a case's fields anew.
func (s *Store) keepFields(tx *gorm.DB, c *cases.Case) error {
	if err := tx.Where("case_id = ?", c.ID).Delete(&caseTagRow{}).Error; err != nil {
		return err
	}
	rows := make([]caseTagRow, len(c.Tags))
	for i, tag := range c.Tags {
		rows[i] = caseTagRow{s.dialect.escape(tag), c.ID}
	}
	if len(rows) > 0 {
		if err := tx.Create(&rows).Error; err != nil {
			return err
		}
	}
	if err := tx.Where("case_id = ? AND source = ?", c.ID, wordsOfFields).Delete(&caseWordRow{}).Error; err != nil {
		return err
	}
	text := strings.Join(append([]string{strconv.FormatInt(c.Number, 10), c.Title, c.Description}, c.Tags...), "\n")
	return keepWords(tx, c.ID, wordsOfFields, text)
}

// keepWork writes what was added to a case.
func (s *Store) keepWork(tx *gorm.DB, w *cases.Work, key string) error {
	for i := range w.Entries {
		if i == 0 {
			w.Entries[i].Key = key
		}
		if err := s.keepEntry(tx, w.Case.ID, &w.Entries[i]); err != nil {
			return err
		}
	}
	for i := range w.Artifacts {
		if err := s.keepArtifact(tx, w.Case.ID, &w.Artifacts[i]); err != nil {
			return err
		}
	}
	for i := range w.Removed {
		if err := tx.Where("case_id = ? AND key = ?", w.Case.ID, cases.Key(w.Removed[i].Type, w.Removed[i].Value)).Delete(&caseArtifactRow{}).Error; err != nil {
			return err
		}
	}
	if err := s.keepAttachments(tx, w); err != nil {
		return err
	}
	if err := joinCase(tx, w.By.Run, w.Case.ID); err != nil {
		return err
	}
	if err := s.keepTasks(tx, w); err != nil {
		return err
	}
	if w.Event == "" {
		return nil
	}
	by, err := actorText(w.By)
	if err != nil {
		return err
	}
	row := caseEventRow{CaseID: w.Case.ID, Kind: w.Event, At: micro(w.At), Actor: s.dialect.escape(by), Content: s.dialect.escape(string(flow.CompactJSON(cases.View(w.Case))))}
	return tx.Create(&row).Error
}

// joinCase notes with a run, and the first of those above it, in which case what it brought
// went on: the receipt says so.
func joinCase(tx *gorm.DB, run, id string) error {
	if run == "" {
		return nil
	}
	return tx.Exec("UPDATE runs SET case_id = ? WHERE case_id = '' AND (id = ? OR id = (SELECT root_run FROM runs AS below WHERE below.id = ?))", id, run, run).Error
}

func (s *Store) keepEntry(tx *gorm.DB, id string, e *cases.Entry) error {
	by, err := actorText(e.By)
	if err != nil {
		return err
	}
	row := caseEntryRow{id, e.Seq, micro(e.At), e.Kind, s.dialect.escape(by), e.By.Run, e.Key, s.dialect.escape(string(flow.CompactJSON(e.Data)))}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	text, _ := e.Data["text"].(string)
	return keepWords(tx, id, wordsOfComments, text)
}

func (s *Store) keepArtifact(tx *gorm.DB, id string, a *cases.Artifact) error {
	by, err := actorText(a.AddedBy)
	if err != nil {
		return err
	}
	row := caseArtifactRow{id, cases.Key(a.Type, a.Value), a.Type, a.Value, a.Score, s.dialect.escape(a.Note), micro(a.Added), s.dialect.escape(by), intel.Observable{Type: a.Type, Value: a.Value}.Place()}
	err = tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "case_id"}, {Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"score", "note"})}).Create(&row).Error
	if err != nil {
		return err
	}
	return keepWords(tx, id, wordsOfArtifacts, a.Value)
}
