package store_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/store"
)

// BenchmarkRunList reads pages of the list over a million runs. A page is to take at most
// 10 ms, 99 times of 100.
func BenchmarkRunList(b *testing.B) {
	folder := b.TempDir()
	s, err := store.Open(b.Context(), store.Options{Folder: folder, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, store.FileName))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const million = 1_000_000
	if _, err := db.ExecContext(b.Context(), `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
		INSERT INTO runs (id, flow_id, flow_name, flow_version, digest, trigger_node, state, ended, due_at, lease_owner, lease_epoch, lease_until, next_seq, input, created_at, source)
		SELECT printf('%08x-%04x-7abc-8def-%012x', (1764000000000 + i * 1000) >> 16, (1764000000000 + i * 1000) & 65535, i), 'flow-' || (i % 20), 'Flow ' || (i % 20), 1, 'd', 'hook',
			CASE WHEN i % 100 = 0 THEN 'failed' ELSE 'succeeded' END, 1, 0, '', 1, 0, 9, '{"type":"webhook"}', 1764000000000000 + i * 1000000, 'webhook' FROM n`, million); err != nil {
		b.Fatal(err)
	}
	half := int64(1764000000000 + million/2*1000) // ids begin with their time
	middle := fmt.Sprintf("%08x-%04x-7abc-8def-000000000000", half>>16, half&65535)
	for name, f := range map[string]store.RunFilter{
		"newest": {}, "of a flow": {Flow: "flow-7"}, "failed": {States: []string{"failed"}}, "in the middle": {Cursor: middle},
		"of a flow, failed": {Flow: "flow-0", States: []string{"failed"}}, "of an hour": {Since: time.UnixMilli(half), Until: time.UnixMilli(half).Add(time.Hour)},
	} {
		f.Limit = 50
		b.Run(name, func(b *testing.B) {
			var taken []time.Duration
			for b.Loop() {
				at := time.Now()
				runs, _, err := s.Runs(b.Context(), f)
				if err != nil || len(runs) != f.Limit {
					b.Fatal(len(runs), err)
				}
				taken = append(taken, time.Since(at))
			}
			slices.Sort(taken)
			b.ReportMetric(float64(taken[len(taken)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
