package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

const (
	// maxLooked is how many runs one page looks at, at most, for what no index finds: a
	// page may have fewer lines than were asked for, or none, and others behind it.
	maxLooked = 10_000
	lookStep  = 1000
	// idSlack is by how much the time within an id may differ from when its run was
	// created: the engine makes one of the other, but earlier versions took the time twice.
	idSlack = time.Second
	// tailLength is how much of an id's end people are shown.
	tailLength = 6
)

// stream is a part of the runs that an index gives in the order of their ids. A page is
// merged from streams, so that no combination of filters reads more than it shows.
type stream struct {
	where string
	args  []any
}

// Runs gives a page of runs, newest first. Next is where to go on; it is empty where
// nothing is left.
func (s *Store) Runs(ctx context.Context, f RunFilter) (runs []RunSummary, next string, err error) {
	if runs, err = s.runsByID(ctx, &f); err != nil || len(runs) > 0 {
		return runs, "", err
	}
	streams, err := s.streams(ctx, &f)
	if err != nil {
		return nil, "", err
	}
	where, args := s.residue(&f)
	cursor := f.Cursor
	for looked, step := 0, f.Limit+1; looked < maxLooked; step = lookStep {
		ids, err := s.candidates(ctx, streams, &f, cursor, step)
		if err != nil {
			return nil, "", err
		}
		if len(ids) == 0 {
			return runs, "", nil
		}
		var rows []runRow
		err = s.read.WithContext(ctx).Omit("input", "input_ref").Where("id IN ?", ids).Where(where, args...).
			Order("id DESC").Limit(f.Limit + 1 - len(runs)).Find(&rows).Error
		if err != nil {
			return nil, "", err
		}
		for i := range rows {
			runs = append(runs, rows[i].summary())
		}
		if len(runs) > f.Limit {
			runs = runs[:f.Limit]
			return runs, runs[f.Limit-1].ID, nil
		}
		if len(ids) < step {
			return runs, "", nil
		}
		looked += len(ids)
		cursor = ids[len(ids)-1]
	}
	return runs, cursor, nil
}

// runsByID gives the runs that a query names by their id or its end.
func (s *Store) runsByID(ctx context.Context, f *RunFilter) ([]RunSummary, error) {
	q := strings.ToLower(strings.TrimSpace(f.Query))
	if len(q) < tailLength || len(q) > 36 || f.Cursor != "" || strings.Trim(q, "0123456789abcdef-") != "" {
		return nil, nil
	}
	byID := *f
	byID.Query = ""
	where, args := s.residue(&byID)
	query := s.read.WithContext(ctx).Omit("input", "input_ref").Where(s.dialect.tail+" = ?", q[len(q)-tailLength:]).
		Where("substr(id, length(id) - ?) = ?", len(q)-1, q).Where(where, args...)
	if f.Label != "" {
		flows, err := s.labeled(ctx, f.Label)
		if err != nil {
			return nil, err
		}
		query = query.Where("flow_id IN ?", flows)
	}
	var rows []runRow
	if err := query.Order("id DESC").Limit(f.Limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	var runs []RunSummary
	for i := range rows {
		runs = append(runs, rows[i].summary())
	}
	return runs, nil
}

// openStates and endedStates are those of runs that go on, and of those that ended.
// One that is unknown may be either.
var (
	openStates  = []string{string(run.Queued), string(run.Running), string(run.Waiting), string(run.Unknown)}
	endedStates = []string{string(run.Succeeded), string(run.Failed), string(run.Canceled), string(run.Unknown)}
)

// leaving is the state of a run that is being removed: nobody sees it any more.
const leaving = "leaving"

// streams are those that a filter's runs are in.
func (s *Store) streams(ctx context.Context, f *RunFilter) ([]stream, error) {
	if f.Of != "" {
		return []stream{{"replay_of = ? AND replay_of <> ''", []any{f.Of}}}, nil
	}
	var flows []string // nil are all
	switch {
	case f.Label != "":
		var err error
		if flows, err = s.labeled(ctx, f.Label); err != nil {
			return nil, err
		}
		if f.Flow != "" {
			flows = slices.DeleteFunc(flows, func(id string) bool { return id != f.Flow })
		}
	case f.Flow != "":
		flows = []string{f.Flow}
	}
	switch {
	case f.Replays:
		return s.perFlow(ctx, flows, "replay_of <> ''", "")
	case len(f.States) > 0:
		return s.perState(ctx, flows, f.States)
	case flows != nil:
		return s.perFlow(ctx, flows, "1 = 1", "")
	}
	return []stream{{where: "1 = 1"}}, nil
}

func (s *Store) perState(ctx context.Context, flows, states []string) (list []stream, err error) {
	for _, state := range states {
		var more []stream
		if slices.Contains(openStates, state) {
			if more, err = s.perFlow(ctx, flows, "ended = 0", state); err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		switch {
		case !slices.Contains(endedStates, state):
		case flows == nil:
			list = append(list, stream{"state = ? AND ended = 1", []any{state}})
		default:
			if more, err = s.perFlow(ctx, flows, "ended = 1", state); err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
	}
	return list, nil
}

// perFlow gives the streams of flows: of all that have runs of a kind, where there are
// none named.
func (s *Store) perFlow(ctx context.Context, flows []string, kind, state string) ([]stream, error) {
	if flows == nil {
		var err error
		if flows, err = s.flowsOfRuns(ctx, kind); err != nil {
			return nil, err
		}
	}
	list := make([]stream, len(flows))
	for i, id := range flows {
		list[i] = stream{"flow_id = ? AND " + kind, []any{id}}
		if state != "" {
			list[i] = stream{"flow_id = ? AND state = ? AND " + kind, []any{id, state}}
		}
	}
	return list, nil
}

// flowsOfRuns gives the flows that have runs of a kind, also those that are gone: one
// look at an index each.
func (s *Store) flowsOfRuns(ctx context.Context, kind string) (flows []string, err error) {
	for last := ""; ; {
		var next *string
		if err := s.read.WithContext(ctx).Raw(`SELECT min(flow_id) FROM runs WHERE flow_id > ? AND `+kind, last).Scan(&next).Error; err != nil || next == nil {
			return flows, err
		}
		flows, last = append(flows, *next), *next
	}
}

// labeled gives the flows that have a label; it is never nil.
func (s *Store) labeled(ctx context.Context, label string) ([]string, error) {
	flows := []string{}
	var rows []flowRow
	text, err := json.Marshal(label)
	if err != nil {
		return nil, err
	}
	err = s.read.WithContext(ctx).Select("id", "labels").Where(fmt.Sprintf(s.dialect.contains, "labels", "?"), string(text[1:len(text)-1])).Find(&rows).Error
	for i := range rows {
		var labels []string
		if err := json.Unmarshal([]byte(rows[i].Labels), &labels); err != nil {
			return nil, err
		}
		if slices.Contains(labels, label) {
			flows = append(flows, rows[i].ID)
		}
	}
	return flows, err
}

// candidates gives the next ids of the streams, newest first.
func (s *Store) candidates(ctx context.Context, streams []stream, f *RunFilter, cursor string, n int) ([]string, error) {
	var ids []string
	for i := range streams {
		var some []string
		statement, args := s.candidate(&streams[i], f, cursor, n)
		if err := s.read.WithContext(ctx).Raw(statement, args...).Scan(&some).Error; err != nil {
			return nil, err
		}
		ids = append(ids, some...)
	}
	if len(streams) > 1 {
		slices.SortFunc(ids, func(a, b string) int { return strings.Compare(b, a) })
		ids = slices.Compact(ids)
	}
	return ids[:min(n, len(ids))], nil
}

// candidate is the statement that reads ids of a stream. Times are bounds of ids first:
// these begin with when they were made.
func (s *Store) candidate(from *stream, f *RunFilter, cursor string, n int) (statement string, args []any) {
	where := []string{from.where}
	args = slices.Clone(from.args)
	add := func(condition, value string) {
		where, args = append(where, condition), append(args, value)
	}
	if cursor != "" {
		add("id < ?", cursor)
	}
	if !f.Since.IsZero() {
		add("id >= ?", idAt(f.Since.Add(-idSlack)))
	}
	if !f.Until.IsZero() {
		add("id < ?", idAt(f.Until.Add(idSlack)))
	}
	return "SELECT id FROM runs WHERE " + strings.Join(where, " AND ") + " ORDER BY id DESC LIMIT ?", append(args, n)
}

// idAt is how ids begin that are made at a time.
func idAt(at time.Time) string {
	ms := max(at.UnixMilli(), 0)
	return fmt.Sprintf("%08x-%04x-", ms>>16, ms&0xffff)
}

// residue is what is left of a filter for the rows themselves.
func (s *Store) residue(f *RunFilter) (where string, args []any) {
	conditions := []string{"state <> ?"}
	args = []any{leaving}
	add := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	switch {
	case f.Of != "":
		add("replay_of = ?", f.Of)
	case f.Replays:
		add("replay_of <> ''")
	default:
		add("replay_of = ''")
	}
	if f.Live {
		add("flow_version > 0 AND dry_run = 0")
	}
	if len(f.States) > 0 {
		add("state IN ?", f.States)
	}
	if f.Flow != "" {
		add("flow_id = ?", f.Flow)
	}
	if f.Trigger != "" {
		add("(trigger_node = ? OR source = ?)", f.Trigger, f.Trigger)
	}
	if !f.Since.IsZero() {
		add("created_at >= ?", micro(f.Since))
	}
	if !f.Until.IsZero() {
		add("created_at < ?", micro(f.Until))
	}
	if f.Query != "" {
		add("(id = ? OR "+fmt.Sprintf(s.dialect.contains, "lower(flow_name)", "lower(?)")+" OR "+fmt.Sprintf(s.dialect.contains, "lower(error_message)", "lower(?)")+
			" OR error_code = ?)", f.Query, f.Query, f.Query, f.Query)
	}
	return strings.Join(conditions, " AND "), args
}
