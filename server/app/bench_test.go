package app_test

import (
	"os"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// BenchmarkDurableRuns measures a run of core nodes from its start to its answer,
// durable on SQLite, many at once; without HTTP.
func BenchmarkDurableRuns(b *testing.B) {
	for _, name := range []string{"w1", "w2", "w3"} {
		b.Run(name, func(b *testing.B) {
			content, err := os.ReadFile("../cli/bench/" + name + ".flow.json")
			if err != nil {
				b.Fatal(err)
			}
			core, err := app.OpenCore(b.Context(), app.CoreConfig{Data: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer core.Close(b.Context())
			d, problems := flow.Decode(content)
			if problems.Failed() {
				b.Fatal(problems)
			}
			prepared, err := core.Flows.Pin(b.Context(), flow.Encode(d))
			if err != nil {
				b.Fatal(err)
			}
			items := make([]any, 4)
			if name == "w3" {
				items = make([]any, 100)
			}
			for i := range items {
				items[i] = map[string]any{"value": "203.0.113.1", "type": "ip", "score": int64(i)}
			}
			body := map[string]any{
				"id": "a", "rule": "RULE", "severity": "high", "confidence": int64(90), "indicators": items,
				"host": map[string]any{"name": "h"}, "user": map[string]any{"name": "u"},
			}
			b.SetParallelism(32)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					h, err := core.Engine.Start(b.Context(), engine.Request{
						Flow: prepared, Trigger: "hook",
						Data: trigger.Data("webhook", body, nil, nil, time.Now()),
					})
					if err != nil {
						b.Error(err)
						return
					}
					<-h.Responded()
					if h.Response() == nil {
						b.Error("no answer")
						return
					}
				}
			})
		})
	}
}

// BenchmarkFold reads a journal of 10,000 events and folds it, as a server does that takes
// a run up. It is to take at most 50 ms.
func BenchmarkFold(b *testing.B) {
	core, err := app.OpenCore(b.Context(), app.CoreConfig{Data: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer core.Close(b.Context())
	content, err := os.ReadFile("../cli/bench/w3.flow.json")
	if err != nil {
		b.Fatal(err)
	}
	d, problems := flow.Decode(content)
	if problems.Failed() {
		b.Fatal(problems)
	}
	prepared, err := core.Flows.Pin(b.Context(), flow.Encode(d))
	if err != nil {
		b.Fatal(err)
	}
	items := make([]any, 10_000) // an event each
	for i := range items {
		items[i] = map[string]any{"value": "203.0.113.1", "type": "ip", "score": int64(i)}
	}
	h, err := core.Engine.Start(b.Context(), engine.Request{Flow: prepared, Trigger: "hook", Data: trigger.Data("webhook", map[string]any{"indicators": items}, nil, nil, time.Now())})
	if err != nil {
		b.Fatal(err)
	}
	<-h.Done()
	b.ReportAllocs()
	for b.Loop() {
		record, events, err := core.Store.Load(b.Context(), h.ID)
		if err != nil || len(events) < 10_000 {
			b.Fatal(len(events), err)
		}
		state, err := engine.Fold(prepared, &record, events)
		if err != nil || state.Output == nil && !state.Over() {
			b.Fatal(err)
		}
	}
}
