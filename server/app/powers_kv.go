package app

import (
	"context"
	"maps"
	"sync"

	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// memoryKV keeps values as long as a command runs.
type memoryKV struct {
	mu     sync.Mutex
	values map[string]map[string]string // by connector and key
}

func newMemoryKV(given map[string]map[string]string) *memoryKV {
	m := &memoryKV{values: map[string]map[string]string{}}
	for connector, values := range given {
		m.values[connector] = map[string]string{}
		maps.Copy(m.values[connector], values)
	}
	return m
}

// GetKV implements [egress.KV].
func (m *memoryKV) GetKV(_ context.Context, connector, key string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok := m.values[connector][key]
	return value, ok, nil
}

// PutKV implements [egress.KV].
func (m *memoryKV) PutKV(_ context.Context, connector, key string, value *string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.put(connector, key, value)
}

// SwapKV implements [egress.KV].
func (m *memoryKV) SwapKV(_ context.Context, connector, key string, was, value *string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, ok := m.values[connector][key]; ok != (was != nil) || ok && now != *was {
		return false, nil
	}
	err := m.put(connector, key, value)
	return err == nil, err
}

// put does so under the lock.
func (m *memoryKV) put(connector, key string, value *string) error {
	kept := m.values[connector]
	if value == nil {
		delete(kept, key)
		return nil
	}
	size := len(key) + len(*value)
	for k, v := range kept {
		if k != key {
			size += len(k) + len(v)
		}
	}
	if size > egress.MaxKVSize {
		return egress.ErrKVFull
	}
	if kept == nil {
		kept = map[string]string{}
		m.values[connector] = kept
	}
	kept[key] = *value
	return nil
}
