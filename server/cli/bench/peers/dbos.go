package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

// figures are what a chain of steps without HTTP came to: of ours they are printed by
// drawbridge bench chain, of DBOS by this program's own process for it.
type figures struct {
	Runs    int     `json:"runs"`
	Seconds float64 `json:"seconds"`
	P50     float64 `json:"p50ms"`
	P99     float64 `json:"p99ms"`
}

// runDBOS runs chains of steps for a time, so many at once, and prints how it went.
func runDBOS(args []string) error {
	if len(args) != 4 {
		return errors.New("dbos DATABASE STEPS AT-ONCE SECONDS")
	}
	steps, _ := strconv.Atoi(args[1])
	atOnce, _ := strconv.Atoi(args[2])
	seconds, _ := strconv.ParseFloat(args[3], 64)
	ctx, err := dbos.NewContext(context.Background(), dbos.Config{
		DatabaseURL: args[0], AppName: "bench", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	chain := func(ctx dbos.Context, n int) (int, error) {
		for i := range steps {
			var err error
			if n, err = dbos.RunAsStep(ctx, func(context.Context) (int, error) { return (n*31 + i) % 1_000_003, nil }); err != nil {
				return 0, err
			}
		}
		return n, nil
	}
	dbos.RegisterWorkflow(ctx, chain)
	if err := dbos.Launch(ctx); err != nil {
		return err
	}
	f, err := closedLoop(atOnce, time.Duration(seconds*float64(time.Second)), func() error {
		handle, err := dbos.RunWorkflow(ctx, chain, 7)
		if err != nil {
			return err
		}
		_, err = handle.GetResult()
		return err
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// closedLoop does one thing over and over, so many times at once, for a time.
func closedLoop(atOnce int, length time.Duration, do func() error) (figures, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	began := time.Now()
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			var taken []time.Duration
			for time.Since(began) < length {
				at := time.Now()
				if err := do(); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				taken = append(taken, time.Since(at))
			}
			mu.Lock()
			all = append(all, taken...)
			mu.Unlock()
		})
	}
	wg.Wait()
	if failed != nil || len(all) == 0 {
		return figures{}, fmt.Errorf("nothing ran: %w", failed)
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return figures{len(all), time.Since(began).Seconds(), ms(all[len(all)/2]), ms(all[len(all)*99/100])}, nil
}
