package engine

import "sync"

// mailbox is an unbounded queue of things to do: posting never blocks, because
// the journal's committer posts too.
type mailbox struct {
	mu   sync.Mutex
	list []func()
	wake chan struct{}
}

func (a *actor) post(f func()) {
	a.box.mu.Lock()
	a.box.list = append(a.box.list, f)
	a.box.mu.Unlock()
	select {
	case a.box.wake <- struct{}{}:
	default:
	}
}

func (b *mailbox) take() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.list
	b.list = nil
	return list
}
