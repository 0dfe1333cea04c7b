package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

type mailboxRow struct {
	FlowID      string `gorm:"primaryKey"`
	Node        string `gorm:"primaryKey"`
	Place       string
	ActivatedAt int64
	UIDValidity uint32
	LastUID     uint32
	State       string
	Message     string
	Failures    int
	LookedAt    int64
	NextAt      int64
	LeaseOwner  string
	LeaseUntil  int64
}

// TableName implements GORM's Tabler.
func (mailboxRow) TableName() string { return "mailboxes" }

func (r *mailboxRow) mailbox() trigger.Mailbox {
	return trigger.Mailbox{
		Watch: flow.Watch{Flow: r.FlowID, Node: r.Node, Place: r.Place}, Activated: fromMicro(r.ActivatedAt),
		Position: trigger.Position{Validity: r.UIDValidity, Last: r.LastUID},
		Health:   trigger.Health{State: r.State, Message: r.Message, Failures: r.Failures, Looked: fromMicro(r.LookedAt), Next: fromMicro(r.NextAt)},
	}
}

// replaceMailboxes makes watches a flow's. One of the same place keeps its position.
func replaceMailboxes(tx *gorm.DB, id string, watches []flow.Watch, at time.Time) error {
	var before []mailboxRow
	if err := tx.Find(&before, "flow_id = ?", id).Error; err != nil {
		return err
	}
	if err := tx.Delete(&mailboxRow{}, "flow_id = ?", id).Error; err != nil {
		return err
	}
	for _, w := range watches {
		row := mailboxRow{FlowID: id, Node: w.Node, Place: w.Place, ActivatedAt: micro(at)}
		for _, old := range before {
			if old.Node == w.Node && old.Place == w.Place {
				row = old
			}
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// voidMailboxes frees all mailboxes that former processes watched.
func (s *Store) voidMailboxes(ctx context.Context) error {
	return s.write.WithContext(ctx).Model(&mailboxRow{}).Where("lease_owner <> ''").Updates(map[string]any{"lease_owner": "", "lease_until": 0}).Error
}

// FreeMailboxes implements [trigger.MailboxStore].
func (s *Store) FreeMailboxes(ctx context.Context) ([]flow.Watch, error) {
	var rows []mailboxRow
	if err := s.read.WithContext(ctx).Where("lease_until <= " + s.dialect.now).Order("flow_id, node").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]flow.Watch, len(rows))
	for i, r := range rows {
		list[i] = flow.Watch{Flow: r.FlowID, Node: r.Node, Place: r.Place}
	}
	return list, nil
}

// HoldMailbox implements [trigger.MailboxStore].
func (s *Store) HoldMailbox(ctx context.Context, w flow.Watch, owner string, lease time.Duration) (trigger.Mailbox, error) {
	held := s.write.WithContext(ctx).Exec(`UPDATE mailboxes SET lease_owner = ?, lease_until = `+s.dialect.now+` + ?
		WHERE flow_id = ? AND node = ? AND (lease_owner = ? OR lease_until <= `+s.dialect.now+`)`, owner, lease.Microseconds(), w.Flow, w.Node, owner)
	if held.Error != nil {
		return trigger.Mailbox{}, held.Error
	}
	if held.RowsAffected == 0 {
		return trigger.Mailbox{}, trigger.ErrNotHeld
	}
	var row mailboxRow
	err := s.write.WithContext(ctx).Take(&row, "flow_id = ? AND node = ?", w.Flow, w.Node).Error
	return row.mailbox(), err
}

// change of a mailbox that its holder makes.
func (s *Store) changeMailbox(ctx context.Context, w flow.Watch, owner string, columns map[string]any) error {
	changed := s.write.WithContext(ctx).Model(&mailboxRow{}).
		Where("flow_id = ? AND node = ? AND place = ? AND lease_owner = ?", w.Flow, w.Node, w.Place, owner).Updates(columns)
	if changed.Error == nil && changed.RowsAffected == 0 {
		return trigger.ErrNotHeld
	}
	return changed.Error
}

// AdvanceMailbox implements [trigger.MailboxStore].
func (s *Store) AdvanceMailbox(ctx context.Context, w flow.Watch, owner string, p trigger.Position) error {
	return s.changeMailbox(ctx, w, owner, map[string]any{"uid_validity": p.Validity, "last_uid": p.Last})
}

// ReportMailbox implements [trigger.MailboxStore].
func (s *Store) ReportMailbox(ctx context.Context, w flow.Watch, owner string, h trigger.Health) error {
	return s.changeMailbox(ctx, w, owner, map[string]any{
		"state": h.State, "message": h.Message, "failures": h.Failures, "looked_at": micro(h.Looked), "next_at": micro(h.Next),
	})
}

// LeaveMailbox implements [trigger.MailboxStore].
func (s *Store) LeaveMailbox(ctx context.Context, w flow.Watch, owner string) error {
	return s.write.WithContext(ctx).Exec(`UPDATE mailboxes SET lease_owner = '', lease_until = 0 WHERE flow_id = ? AND node = ? AND lease_owner = ?`, w.Flow, w.Node, owner).Error
}

// Mailboxes gives the mailboxes that a flow watches.
func (s *Store) Mailboxes(ctx context.Context, id string) ([]trigger.Mailbox, error) {
	return s.mailboxes(ctx, "flow_id = ?", id)
}

// WatchedBy gives the mailboxes that flows watch by a credential, but those of stopped
// flows and of one other.
func (s *Store) WatchedBy(ctx context.Context, credential, but string) (list []trigger.WatchedBy, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT f.name AS flow, m.place, b.alias FROM credential_bindings b
		JOIN mailboxes m ON m.flow_id = b.flow_id JOIN flows f ON f.id = b.flow_id
		WHERE b.credential_id = ? AND b.flow_id <> ? AND f.halted = 0 ORDER BY f.name, m.node`, credential, but).Scan(&list).Error
	return list, err
}

// FailingMailboxes gives those of the flows' mailboxes that can't be watched.
func (s *Store) FailingMailboxes(ctx context.Context, flows []string) ([]trigger.Mailbox, error) {
	return s.mailboxes(ctx, "state = ? AND flow_id IN ?", trigger.MailboxFailing, flows)
}

func (s *Store) mailboxes(ctx context.Context, where ...any) ([]trigger.Mailbox, error) {
	var rows []mailboxRow
	if err := s.read.WithContext(ctx).Order("flow_id, node").Find(&rows, where...).Error; err != nil {
		return nil, err
	}
	list := make([]trigger.Mailbox, len(rows))
	for i := range rows {
		list[i] = rows[i].mailbox()
	}
	return list, nil
}
