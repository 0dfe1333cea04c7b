package live

import (
	"context"
	"errors"
	"strings"
)

// Marks tells from outside whether topics have news, where other servers make them.
type Marks interface {
	// RunSeqs gives the seq of the last event of each run that there is.
	RunSeqs(ctx context.Context, ids []string) (map[string]int64, error)
	// FlowMarks gives for each flow what changes when one of its runs begins or ends.
	FlowMarks(ctx context.Context, ids []string) (map[string]string, error)
	// InboxMark gives a number that is another whenever a question is asked or closed.
	InboxMark(ctx context.Context) (int64, error)
}

// Watch finds news that no server told of. It keeps what it saw, and is called by one
// goroutine, again and again.
type Watch struct {
	hub   *Hub
	marks Marks
	flows map[string]string
	inbox *int64 // nil where nobody looked
}

// NewWatch makes a watch over a hub.
func NewWatch(h *Hub, m Marks) *Watch {
	return &Watch{hub: h, marks: m, flows: map[string]string{}}
}

// Look pokes those whose topics have news.
func (w *Watch) Look(ctx context.Context) error {
	runs, flows := w.hub.watched()
	if err := w.lookAtRuns(ctx, runs); err != nil {
		return err
	}
	return errors.Join(w.lookAtFlows(ctx, flows), w.lookAtInbox(ctx))
}

func (w *Watch) lookAtInbox(ctx context.Context) error {
	if len(w.hub.Topics("inbox")) == 0 {
		w.inbox = nil
		return nil
	}
	mark, err := w.marks.InboxMark(ctx)
	if err != nil {
		return err
	}
	if w.inbox != nil && *w.inbox != mark {
		w.hub.Poke([]string{"inbox"})
	}
	w.inbox = &mark
	return nil
}

func (w *Watch) lookAtRuns(ctx context.Context, runs map[string]int64) error {
	if len(runs) == 0 {
		return nil
	}
	seqs, err := w.marks.RunSeqs(ctx, keys(runs))
	if err != nil {
		return err
	}
	for id, seq := range seqs {
		if seq > runs[id] {
			w.hub.Poke([]string{"run/" + id})
		}
	}
	return nil
}

func (w *Watch) lookAtFlows(ctx context.Context, flows map[string]int64) error {
	if len(flows) == 0 {
		clear(w.flows)
		return nil
	}
	marks, err := w.marks.FlowMarks(ctx, keys(flows))
	if err != nil {
		return err
	}
	for id, mark := range marks {
		if before, known := w.flows[id]; known && before != mark {
			w.hub.Poke([]string{"flow/" + id})
		}
	}
	w.flows = marks
	return nil
}

func keys(m map[string]int64) []string {
	list := make([]string, 0, len(m))
	for id := range m {
		list = append(list, id)
	}
	return list
}

// watched lists the runs and flows that somebody looks at, each with the seq of who is
// furthest behind.
func (h *Hub) watched() (runs, flows map[string]int64) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	runs, flows = map[string]int64{}, map[string]int64{}
	for topic, subs := range h.topics {
		kind, id, _ := strings.Cut(topic, "/")
		into := map[string]map[string]int64{"run": runs, "flow": flows}[kind]
		if into == nil {
			continue
		}
		for sub := range subs {
			if seq := sub.last(); !has(into, id) || seq < into[id] {
				into[id] = seq
			}
		}
	}
	return runs, flows
}

func has(m map[string]int64, id string) bool {
	_, there := m[id]
	return there
}
