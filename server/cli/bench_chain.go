package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

type chainOptions struct {
	database                    string
	steps, concurrency, seconds int
	asJSON                      bool
}

func benchChainCommand() *cobra.Command {
	o := chainOptions{}
	c := &cobra.Command{
		Use:   "chain",
		Short: "Measure durable chains of steps, without HTTP",
		Long: `Measure runs a second of a chain of core nodes, each run durable before its end is
told, in a throwaway database: SQLite, or an empty PostgreSQL.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBenchChain(cmd, &o) },
	}
	c.Flags().StringVar(&o.database, "database", "", "an empty PostgreSQL database (postgres://user@host/name); without it SQLite")
	c.Flags().IntVar(&o.steps, "steps", 10, "how many steps a chain has")
	c.Flags().IntVar(&o.concurrency, "concurrency", 16, "how many runs at once")
	c.Flags().IntVar(&o.seconds, "seconds", 5, "how long it lasts")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print the figures as JSON")
	return c
}

// chainReport is what came of a closed loop of chains.
type chainReport struct {
	Runs    int     `json:"runs"`
	Seconds float64 `json:"seconds"`
	P50     float64 `json:"p50ms"`
	P99     float64 `json:"p99ms"`
}

func (r *chainReport) perSecond() float64 { return float64(r.Runs) / r.Seconds }

func runBenchChain(cmd *cobra.Command, o *chainOptions) error {
	if o.steps < 1 || o.concurrency < 1 || o.seconds < 1 {
		return invalid(errors.New("--steps, --concurrency and --seconds are at least 1"))
	}
	b, err := openBenchCore(cmd.Context(), o.database)
	if err != nil {
		return err
	}
	report, err := b.chains(o.steps, o.concurrency, time.Duration(o.seconds)*time.Second)
	if err = errors.Join(err, b.close()); err != nil {
		return err
	}
	if o.asJSON {
		return printJSON(cmd.OutOrStdout(), report)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%.0f runs a second, p50 %.2f ms, p99 %.2f ms\n", report.perSecond(), report.P50, report.P99)
	return err
}

// benchCore is a core in a throwaway folder on the disk of the working folder.
type benchCore struct {
	ctx    context.Context //nolint:containedctx // the life of the command
	folder string
	core   *app.Core
	// observe is told what was committed; nil is nobody.
	observe engine.Observer
}

func openBenchCore(ctx context.Context, database string) (*benchCore, error) {
	folder, err := os.MkdirTemp(".", ".bench-")
	if err != nil {
		return nil, err
	}
	b := &benchCore{ctx: ctx, folder: folder}
	if err := b.open(database); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return b, nil
}

func (b *benchCore) data() string { return filepath.Join(b.folder, "data") }

func (b *benchCore) open(database string) (err error) {
	b.core, err = app.OpenCore(b.ctx, app.CoreConfig{Data: b.data(), Database: database, Observe: func(c engine.Committed) {
		if b.observe != nil {
			b.observe(c)
		}
	}})
	if err != nil {
		return err
	}
	return b.core.Engine.Open(b.ctx)
}

func (b *benchCore) close() error {
	return errors.Join(b.core.Close(b.ctx), b.remove())
}

func (b *benchCore) remove() error { return os.RemoveAll(b.folder) }

// pin makes a flow of nodes that follow one another runnable.
func (b *benchCore) pin(nodes ...flow.Node) (*engine.Flow, error) {
	d := &flow.Document{ID: "0199f3a0-0009-7c11-8a53-3f7d20c9b1e4", Name: "Bench"}
	before := ""
	for i := range nodes {
		if d.Nodes = append(d.Nodes, nodes[i]); before != "" {
			d.Edges = append(d.Edges, flow.Edge{From: before, To: nodes[i].ID})
		}
		before = nodes[i].ID
	}
	return b.core.Flows.Pin(b.ctx, flow.Encode(d))
}

// start begins a run and waits until it is durable.
func (b *benchCore) start(f *engine.Flow, body any) (*engine.Handle, error) {
	return b.core.Engine.Start(b.ctx, engine.Request{Flow: f, Trigger: "start", Data: trigger.Data("manual", body, nil, nil, time.Now())})
}

// startNode is the trigger that all flows here begin with.
func startNode() flow.Node { return flow.Node{ID: "start", Type: "trigger.manual"} }

// chains runs chains of steps in a closed loop.
func (b *benchCore) chains(steps, concurrency int, length time.Duration) (*chainReport, error) {
	nodes, before := []flow.Node{startNode()}, "trigger.body.n"
	for i := range steps {
		id := fmt.Sprintf("n%d", i)
		nodes = append(nodes, flow.Node{ID: id, Type: "core.set", With: map[string]any{"n": fmt.Sprintf("{{ (%s * 31 + %d) %% 1000003 }}", before, i)}})
		before = "steps." + id + ".output.n"
	}
	f, err := b.pin(nodes...)
	if err != nil {
		return nil, err
	}
	return closedLoop(concurrency, length, func() error {
		h, err := b.start(f, map[string]any{"n": int64(7)})
		if err != nil {
			return err
		}
		<-h.Done()
		if _, state, _, ok := h.Result(); !ok || state.Error != nil {
			return errors.New("a run did not end well")
		}
		return nil
	})
}

// closedLoop does one thing over and over, so many times at once, for a time.
func closedLoop(concurrency int, length time.Duration, do func() error) (*chainReport, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	began := time.Now()
	var wg sync.WaitGroup
	for range concurrency {
		wg.Go(func() {
			var taken []time.Duration
			var err error
			for time.Since(began) < length && err == nil {
				at := time.Now()
				if err = do(); err == nil {
					taken = append(taken, time.Since(at))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, taken...), errors.Join(failed, err)
		})
	}
	wg.Wait()
	if failed != nil {
		return nil, failed
	}
	slices.Sort(all)
	return &chainReport{len(all), time.Since(began).Seconds(), ms(all[len(all)/2]), ms(all[len(all)*99/100])}, nil
}
