package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// memory is a journal in memory that keeps to the contract of [engine.Journal].
type memory struct {
	mu      sync.Mutex
	records map[string]engine.Record
	events  map[string][]run.Event
	status  map[string]run.Status
	leased  map[string]bool
	parked  map[string]time.Time
	now     func() time.Time // the database's clock
	signals []engine.Signal
	asks    []engine.Ask
	closed  map[string]string // outcomes of questions
	keys    map[string]string
	fail    func(*engine.Batch) error
	batches int
	called  int // runs below any root, besides those that are there
	done    chan func()
}

func newMemory(t *testing.T) *memory {
	m := &memory{
		now:     time.Now,
		records: map[string]engine.Record{}, events: map[string][]run.Event{}, status: map[string]run.Status{},
		leased: map[string]bool{}, parked: map[string]time.Time{}, keys: map[string]string{}, closed: map[string]string{}, done: make(chan func(), 1000),
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for f := range m.done {
			f()
		}
	}()
	t.Cleanup(func() { close(m.done); <-stopped })
	return m
}

// over says whether a run's last event is its end.
func (m *memory) over(id string) bool {
	events := m.events[id]
	return len(events) > 0 && events[len(events)-1].Kind.Terminal()
}

func (m *memory) state(id string) run.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status[id]
}

func (m *memory) Append(b *engine.Batch, done func(engine.Appended)) {
	m.done <- func() { done(m.append(b)) }
}

func (m *memory) append(b *engine.Batch) engine.Appended {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(b); err != nil {
			return engine.Appended{Err: err}
		}
	}
	if b.Create != nil {
		if key := b.Create.IngestKey; key != "" {
			if existing, known := m.keys[key]; known {
				return engine.Appended{Existing: existing}
			}
			m.keys[key] = b.RunID
		}
		m.records[b.RunID] = *b.Create
	}
	if m.records[b.RunID].Epoch != b.Epoch {
		return engine.Appended{Err: engine.ErrStale}
	}
	m.leased[b.RunID] = b.Park.IsZero()
	m.parked[b.RunID] = b.Park
	m.batches++
	m.events[b.RunID] = append(m.events[b.RunID], b.Events...)
	m.status[b.RunID] = b.Update.Status
	m.signals = slices.DeleteFunc(m.signals, func(s engine.Signal) bool { return s.RunID == b.RunID && slices.Contains(b.Taken, s.ID) })
	m.asks = append(m.asks, b.Asks...)
	for _, c := range b.Closed {
		if m.closed[c.ID] == "" {
			m.closed[c.ID] = c.Outcome
		}
	}
	for _, s := range b.Notify {
		if _, known := m.records[s.RunID]; known && !m.over(s.RunID) {
			m.keep(s)
		}
	}
	return engine.Appended{}
}

func (m *memory) Load(_ context.Context, id string) (engine.Record, []run.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	record, ok := m.records[id]
	if !ok {
		return record, nil, engine.ErrNotFound
	}
	return record, slices.Clone(m.events[id]), nil
}

func (m *memory) Claim(_ context.Context, owner string, _ time.Duration, limit int) ([]engine.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var claimed []engine.Record
	for id, record := range m.records {
		if m.leased[id] || m.parked[id].After(m.now()) || m.over(id) || len(claimed) == limit {
			continue
		}
		record.Epoch++
		record.Owner = owner
		m.records[id], m.leased[id] = record, true
		claimed = append(claimed, record)
	}
	return claimed, nil
}

func (m *memory) Release(ctx context.Context, id string, epoch int64, after time.Duration) error {
	return m.Park(ctx, id, epoch, m.now().Add(after))
}

func (m *memory) Park(_ context.Context, id string, epoch int64, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[id].Epoch == epoch {
		m.leased[id], m.parked[id] = false, until
	}
	return nil
}

func (m *memory) Wake(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.leased[id] && !m.over(id) {
		m.parked[id] = time.Time{}
	}
	return nil
}

func (m *memory) Last(_ context.Context, id string) (run.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := m.events[id]
	if len(events) == 0 {
		return run.Event{}, engine.ErrNotFound
	}
	return events[len(events)-1], nil
}

func (m *memory) Called(_ context.Context, root string, limit int) (n int, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if r.Root == root {
			n++
		}
	}
	return min(n+m.called, limit), nil
}

func (m *memory) Drop(_ context.Context, runID, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.signals = slices.DeleteFunc(m.signals, func(s engine.Signal) bool { return s.RunID == runID && s.ID == id })
	return nil
}

func (m *memory) Signaled(_ context.Context, behind string, _ int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for _, s := range m.signals {
		if !m.over(s.RunID) && s.RunID > behind {
			ids = append(ids, s.RunID)
		}
	}
	return ids, nil
}

func (m *memory) Admit(_ context.Context, flow string, limit int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for id := range m.records {
		if m.records[id].Flow == flow && !m.over(id) && m.status[id] == run.Running {
			limit--
		}
		if m.records[id].Flow == flow && !m.over(id) && m.status[id] == run.Queued {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	ids = ids[:min(max(limit, 0), len(ids))]
	for _, id := range ids {
		m.status[id] = run.Running
		m.keep(engine.Signal{RunID: id, ID: engine.SignalAdmit, Kind: engine.SignalAdmit})
	}
	return ids, nil
}

func (m *memory) Queued(context.Context) ([]engine.QueuedFlow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []engine.QueuedFlow
	for id, r := range m.records {
		if m.status[id] == run.Queued && !m.over(id) {
			list = append(list, engine.QueuedFlow{Flow: r.Flow, Digest: r.Digest})
		}
	}
	return list, nil
}

func (m *memory) QueueLength(_ context.Context, flow string, limit int) (n int, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.records {
		if r.Flow == flow && m.status[id] == run.Queued && !m.over(id) {
			n++
		}
	}
	return min(n, limit), nil
}

func (m *memory) Prolong(_ context.Context, id string, epoch int64, _ time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[id].Epoch != epoch {
		return engine.ErrStale
	}
	return nil
}

func (m *memory) Held(context.Context, string) ([]engine.Record, error) { return nil, nil }

func (m *memory) Renew(context.Context, string, time.Duration) error { return nil }

func (m *memory) Signal(_ context.Context, s engine.Signal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(s)
	return nil
}

func (m *memory) keep(s engine.Signal) {
	if !slices.ContainsFunc(m.signals, func(o engine.Signal) bool { return o.RunID == s.RunID && o.ID == s.ID }) {
		m.signals = append(m.signals, s)
	}
}

func (m *memory) Signals(_ context.Context, id string) ([]engine.Signal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var own []engine.Signal
	for _, s := range m.signals {
		if s.RunID == id {
			own = append(own, s)
		}
	}
	return own, nil
}

// crash makes every lease void, as a start on a single-process database does.
func (m *memory) crash() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.leased)
}

// types is the catalog's core with a connector whose effect the action names.
type types struct{ *catalog.Catalog }

func (ts types) NodeType(typ string, pins map[string]string) (catalog.NodeType, error) {
	if effect, ours := map[string]abi.Effect{"test.echo": abi.EffectNone, "test.read": abi.EffectRead, "test.write": abi.EffectWrite, "test.put": abi.EffectWrite}[typ]; ours {
		return catalog.NodeType{
			Type: typ, Kind: catalog.KindAction, Connector: "test", Version: "1.0.0", Effect: effect, Idempotent: typ == "test.put", Ports: []string{"out", "error"},
			Examples: []abi.Example{{Output: []byte(`{"example": true}`)}},
		}, nil
	}
	if typ == "test.plain" { // which has no example
		return catalog.NodeType{
			Type: typ, Kind: catalog.KindAction, Connector: "test", Version: "1.0.0", Effect: abi.EffectWrite, Ports: []string{"out", "error"},
			Output: []byte(`{"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "n": {"type": ["null", "integer"], "minimum": 3}, "kind": {"enum": ["a", "b"]},
				"list": {"type": "array", "items": {"type": "object", "properties": {"ok": {"type": "boolean"}}}}}}`),
		}, nil
	}
	return ts.Catalog.NodeType(typ, pins)
}

// flows keeps what was compiled by digest.
type flows struct {
	mu   sync.Mutex
	list map[string]*engine.Flow
}

func (f *flows) Flow(_ context.Context, digest string) (*engine.Flow, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list[digest], nil
}

func compile(t testing.TB, source string) *engine.Flow {
	t.Helper()
	d, problems := flow.Decode([]byte(source))
	if problems.Failed() {
		t.Fatal(problems)
	}
	program, problems := check.Compile(t.Context(), d, types{catalog.New()})
	if program == nil {
		t.Fatal(problems)
	}
	return engine.NewFlow(program)
}

// wall is the real clock.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }
func (wall) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

type invoker func(context.Context, engine.Call) engine.Result

func (f invoker) Invoke(ctx context.Context, c engine.Call) engine.Result { return f(ctx, c) }
