package cli

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// waitingReport is what bench waiting prints.
type waitingReport struct {
	Runs      int     `json:"runs"`
	PerSecond float64 `json:"startedPerSecond"`
	ReadyMs   float64 `json:"restartToReadyMs"`
	MiB       float64 `json:"residentMiB"`
	Timers    int     `json:"timers"`
	LateP50   float64 `json:"lateP50ms"`
	LateP99   float64 `json:"lateP99ms"`
	LateMost  float64 `json:"lateMostms"`
}

func benchWaitingCommand() *cobra.Command {
	var runs, timers int
	var asJSON bool
	c := &cobra.Command{
		Use:   "waiting",
		Short: "Measure many waiting runs, and many timers due in one minute",
		Long: `Start runs that wait for a month, start a server on them and measure how long it
takes to be ready and how much memory it has; then start runs whose times lie
evenly in one minute and measure how late each goes on. It takes some minutes.
Aims: ready in 5 s and at most 300 MiB with 100,000 runs, 50,000 timers at most 10 s late.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runs < 1 || timers < 1 {
				return invalid(errors.New("--runs and --timers are at least 1"))
			}
			r := &waitingReport{Runs: runs, Timers: timers}
			if err := errors.Join(r.wait(cmd), r.fire(cmd)); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), r)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%d waiting runs: started %.0f a second; a restart is ready in %.0f ms, and resident in %.0f MiB\n%d timers in one minute: late by %.0f ms (p50), %.0f ms (p99), %.0f ms at most\n",
				r.Runs, r.PerSecond, r.ReadyMs, r.MiB, r.Timers, r.LateP50, r.LateP99, r.LateMost)
			return err
		},
	}
	c.Flags().IntVar(&runs, "runs", 100_000, "how many runs wait")
	c.Flags().IntVar(&timers, "timers", 50_000, "how many timers are due in one minute")
	c.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return c
}

// begin starts so many runs of a flow that waits.
func (b *benchCore) begin(n int, with map[string]any, body func(i int) map[string]any) error {
	f, err := b.pin(startNode(), flow.Node{ID: "wait", Type: flow.TypeWait, With: with})
	if err != nil {
		return err
	}
	var next atomic.Int64
	errs := make([]error, engineAtOnce)
	var wg sync.WaitGroup
	for w := range engineAtOnce {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= n && errs[w] == nil; i = int(next.Add(1)) {
				_, errs[w] = b.start(f, body(i-1))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// wait measures a server on runs that wait for a month.
func (r *waitingReport) wait(cmd *cobra.Command) error {
	b, err := openBenchCore(cmd.Context(), "")
	if err != nil {
		return err
	}
	defer b.remove() //nolint:errcheck // a folder of its own
	fmt.Fprintf(cmd.ErrOrStderr(), "%d waiting runs\n", r.Runs)
	began := time.Now()
	if err := b.begin(r.Runs, map[string]any{"for": "30d"}, func(i int) map[string]any {
		return map[string]any{"alert": fmt.Sprintf("alert-%d", i), "host": "ws-0231"}
	}); err != nil {
		return errors.Join(err, b.core.Close(b.ctx))
	}
	r.PerSecond = float64(r.Runs) / time.Since(began).Seconds()
	if err := b.core.Close(b.ctx); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &workbenchServer{ctx: b.ctx, data: b.data(), listen: l.Addr().String(), log: cmd.ErrOrStderr()}
	_ = l.Close()
	began = time.Now()
	if err := s.start(); err != nil {
		return err
	}
	defer s.stop()
	r.ReadyMs = ms(time.Since(began))
	select { // until it has come to rest, and swept several times
	case <-time.After(10 * time.Second):
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
	r.MiB = pss(s.pid())
	return nil
}

// lead is how long before the first timer its run is started at the latest.
const lead = 5 * time.Second

// fire measures how late runs go on whose times lie in one minute.
func (r *waitingReport) fire(cmd *cobra.Command) error {
	b, err := openBenchCore(cmd.Context(), "")
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d timers\n", r.Timers)
	var mu sync.Mutex
	var late []time.Duration
	all := make(chan struct{})
	b.observe = func(c engine.Committed) {
		body, _ := c.Record.Data["body"].(map[string]any)
		text, _ := body["at"].(string)
		at, err := time.Parse(time.RFC3339Nano, text)
		for i := range c.Events {
			if err != nil || c.Events[i].Step != "wait" || c.Events[i].Kind != run.StepSucceeded {
				continue
			}
			mu.Lock()
			if late = append(late, time.Since(at)); len(late) == r.Timers { // durable now
				close(all)
			}
			mu.Unlock()
		}
	}
	// They are started at the rate that was seen before, with room to spare.
	first := time.Now().Add(lead + time.Duration(2*float64(r.Timers)/r.PerSecond*float64(time.Second)))
	err = b.begin(r.Timers, map[string]any{"until": "{{ trigger.body.at }}"}, func(i int) map[string]any {
		return map[string]any{"at": first.Add(time.Minute * time.Duration(i) / time.Duration(r.Timers)).UTC().Format(time.RFC3339Nano)}
	})
	if err == nil && time.Now().After(first) {
		err = errors.New("the timers were due before their runs were all started: this machine is too busy")
	}
	if err == nil {
		select {
		case <-all:
		case <-time.After(time.Until(first) + 3*time.Minute):
			err = errors.New("not all timers went off")
		case <-b.ctx.Done():
			err = b.ctx.Err()
		}
	}
	if err = errors.Join(err, b.close()); err != nil {
		return err
	}
	slices.Sort(late)
	r.LateP50, r.LateP99, r.LateMost = ms(late[len(late)/2]), ms(late[len(late)*99/100]), ms(late[len(late)-1])
	return nil
}
