package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

type receiptRow struct {
	ID       string `gorm:"primaryKey"`
	FlowID   string
	FlowName string
	Node     string
	Source   string
	State    string
	Code     string
	Message  string
	Subject  string
	EventKey string
	Times    int64
	At       int64
	LastAt   int64
}

// TableName implements GORM's Tabler.
func (receiptRow) TableName() string { return "receipts" }

// KeepReceipt keeps the receipt of an event that started no run, and gives its id.
func (s *Store) KeepReceipt(ctx context.Context, r trigger.Receipt) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	row := receiptRow{
		ID: id.String(), FlowID: r.Flow, FlowName: r.FlowName, Node: r.Node, Source: r.Source, State: r.State, Code: r.Code, Message: r.Message,
		Subject: r.Subject, EventKey: r.Key, Times: 1, At: micro(r.At), LastAt: micro(r.At),
	}
	return row.ID, s.write.WithContext(ctx).Create(&row).Error
}

// CountReceipts implements [trigger.ReceiptStore].
func (s *Store) CountReceipts(ctx context.Context, counts map[string]trigger.Count) error {
	for id, c := range counts {
		err := s.write.WithContext(ctx).Exec(`UPDATE receipts SET times = times + ?, last_at = ? WHERE id = ?`, c.Times, micro(c.Last), id).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// CountRepeats implements [trigger.ReceiptStore].
func (s *Store) CountRepeats(ctx context.Context, counts map[string]trigger.Count) error {
	return s.alone(ctx, func(tx *gorm.DB) error {
		for id, c := range counts {
			err := tx.Exec(`INSERT INTO repeats (run_id, times, last_at) SELECT id, ?, ? FROM runs WHERE id = ?
				ON CONFLICT (run_id) DO UPDATE SET times = repeats.times + excluded.times, last_at = excluded.last_at`, c.Times, micro(c.Last), id).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// PruneReceipts implements [trigger.ReceiptStore].
func (s *Store) PruneReceipts(ctx context.Context, before time.Time, most int) error {
	write := s.write.WithContext(ctx)
	if err := write.Delete(&receiptRow{}, "at < ?", micro(before)).Error; err != nil {
		return err
	}
	var oldest []string
	if err := s.read.WithContext(ctx).Model(&receiptRow{}).Order("id DESC").Offset(most).Limit(1).Pluck("id", &oldest).Error; err != nil || len(oldest) == 0 {
		return err
	}
	return write.Delete(&receiptRow{}, "id <= ?", oldest[0]).Error
}

// Receipts gives a page of receipts, newest first: the runs that something from
// outside started, and what started none. Both have ids that sort by time, so that
// one cursor pages through the two.
func (s *Store) Receipts(ctx context.Context, f trigger.ReceiptFilter) (list []trigger.ReceiptEntry, next string, err error) {
	runs, err := s.runReceipts(ctx, &f)
	if err != nil {
		return nil, "", err
	}
	others, err := s.otherReceipts(ctx, &f)
	if err != nil {
		return nil, "", err
	}
	list = append(runs, others...)
	slices.SortFunc(list, func(a, b trigger.ReceiptEntry) int { return strings.Compare(b.ID, a.ID) })
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, s.countRepeats(ctx, list)
}

// runStates are what runs of a receipt's state are like.
var runStates = map[string]string{
	trigger.ReceiptWaiting: "case_id = '' AND ended = 0",
	trigger.ReceiptClosed:  "case_id = '' AND state = 'succeeded'",
	trigger.ReceiptFailed:  "case_id = '' AND ended = 1 AND state <> 'succeeded'",
	trigger.ReceiptCased:   "case_id <> ''",
}

func (s *Store) runReceipts(ctx context.Context, f *trigger.ReceiptFilter) ([]trigger.ReceiptEntry, error) {
	query := s.read.WithContext(ctx).Omit("input", "input_ref").Order("id DESC").Limit(f.Limit+1).
		Where("parent_run = '' AND replay_of = '' AND retry_of IS NULL AND state <> ?", leaving)
	if len(f.States) > 0 {
		var conditions []string
		for _, state := range f.States {
			if condition, has := runStates[state]; has {
				conditions = append(conditions, "("+condition+")")
			}
		}
		if len(conditions) == 0 {
			return nil, nil
		}
		query = query.Where(strings.Join(conditions, " OR "))
	}
	query = s.pickReceipts(query, f, "trigger_node", "created_at", "flow_name", "coalesce(ingest_key, '')", "error_message")
	var rows []runRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]trigger.ReceiptEntry, len(rows))
	for i := range rows {
		list[i] = rows[i].receipt()
	}
	return list, nil
}

// pickReceipts adds what both tables are picked by.
func (s *Store) pickReceipts(query *gorm.DB, f *trigger.ReceiptFilter, node, at string, texts ...string) *gorm.DB {
	if f.Flow != "" {
		query = query.Where("flow_id = ?", f.Flow)
	}
	if f.Trigger != "" {
		query = query.Where(node+" = ? OR source = ?", f.Trigger, f.Trigger)
	}
	if !f.Since.IsZero() {
		query = query.Where(at+" >= ?", micro(f.Since))
	}
	if f.Cursor != "" {
		query = query.Where("id < ?", f.Cursor)
	}
	if f.Query != "" {
		conditions, values := []string{"id = ?"}, []any{f.Query}
		for _, text := range texts {
			conditions = append(conditions, fmt.Sprintf(s.dialect.contains, "lower("+text+")", "lower(?)"))
			values = append(values, f.Query)
		}
		query = query.Where(strings.Join(conditions, " OR "), values...)
	}
	return query
}

func (r *runRow) receipt() trigger.ReceiptEntry {
	e := trigger.ReceiptEntry{ID: r.ID, Run: r.ID, CaseID: r.CaseID, Times: 1, Last: fromMicro(r.CreatedAt), Ended: fromMicro(r.EndedAt)}
	e.Receipt = trigger.Receipt{
		Flow: r.FlowID, FlowName: r.FlowName, Node: r.TriggerNode, Source: r.Source, Code: r.ErrorCode, Message: r.ErrorMessage, At: fromMicro(r.CreatedAt),
	}
	if r.IngestKey != nil {
		e.Key = *r.IngestKey
	}
	switch {
	case r.CaseID != "":
		e.State = trigger.ReceiptCased
	case !r.Ended:
		e.State = trigger.ReceiptWaiting
	case r.State == string(run.Succeeded):
		e.State = trigger.ReceiptClosed
	default:
		e.State = trigger.ReceiptFailed
	}
	return e
}

func (s *Store) otherReceipts(ctx context.Context, f *trigger.ReceiptFilter) ([]trigger.ReceiptEntry, error) {
	query := s.read.WithContext(ctx).Order("id DESC").Limit(f.Limit + 1)
	if len(f.States) > 0 {
		query = query.Where("state IN ?", f.States)
	}
	query = s.pickReceipts(query, f, "node", "at", "flow_name", "event_key", "subject", "message")
	var rows []receiptRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]trigger.ReceiptEntry, len(rows))
	for i, r := range rows {
		list[i] = trigger.ReceiptEntry{ID: r.ID, Times: r.Times, Last: fromMicro(r.LastAt), Ended: fromMicro(r.At), Receipt: trigger.Receipt{
			Flow: r.FlowID, FlowName: r.FlowName, Node: r.Node, Source: r.Source, State: r.State, Code: r.Code, Message: r.Message,
			Subject: r.Subject, Key: r.EventKey, At: fromMicro(r.At),
		}}
	}
	return list, nil
}

type repeatRow struct {
	RunID  string `gorm:"primaryKey"`
	Times  int64
	LastAt int64
}

// TableName implements GORM's Tabler.
func (repeatRow) TableName() string { return "repeats" }

// countRepeats adds how often the events of a page's runs came again.
func (s *Store) countRepeats(ctx context.Context, list []trigger.ReceiptEntry) error {
	at := map[string]*trigger.ReceiptEntry{}
	var ids []string
	for i := range list {
		if list[i].Run != "" {
			at[list[i].Run] = &list[i]
			ids = append(ids, list[i].Run)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []repeatRow
	if err := s.read.WithContext(ctx).Find(&rows, "run_id IN ?", ids).Error; err != nil {
		return err
	}
	for _, r := range rows {
		e := at[r.RunID]
		e.Times, e.Last = e.Times+r.Times, fromMicro(r.LastAt)
	}
	return nil
}

// FlowSlots gives the next slot of each of a flow's schedules.
func (s *Store) FlowSlots(ctx context.Context, id string) ([]flow.Slot, error) {
	var rows []scheduleRow
	if err := s.read.WithContext(ctx).Find(&rows, "flow_id = ?", id).Error; err != nil {
		return nil, err
	}
	return slots(rows), nil
}
