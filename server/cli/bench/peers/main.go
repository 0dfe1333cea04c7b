// Command peers compares Drawbridge with Node-RED and DBOS Transact for Go on this
// machine, and writes what it measured into BENCHMARKS.md. Everything is started by it,
// on loopback, and driven by the same load, in rounds that alternate.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the command line's.
type options struct {
	binary, out, connector, cache string
	rounds                        int
	length                        time.Duration
	only                          string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "dbos" {
		exit(runDBOS(os.Args[2:]))
	}
	var o options
	flag.StringVar(&o.binary, "drawbridge", "../../../../bin/drawbridge", "the program that is compared")
	flag.StringVar(&o.out, "out", "../../../../BENCHMARKS.md", "the file that is written")
	flag.StringVar(&o.connector, "connector", "connector", "the connector in Rust whose actions are the workloads' transforms")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each figure is measured")
	flag.DurationVar(&o.length, "length", 4*time.Second, "how long each measurement lasts")
	flag.StringVar(&o.only, "only", "", "node-red or dbos: measure that alone, and print it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(compare(ctx, &o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func compare(ctx context.Context, o *options) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	o.cache = filepath.Join(cache, "drawbridge", "peers")
	if err := os.MkdirAll(o.cache, 0o755); err != nil {
		return err
	}
	if o.binary, err = filepath.Abs(o.binary); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(filepath.Dir(o.binary), ".peers-") // the disk that is used, and no memory
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a folder of its own
	r := newReport(o)
	r.syncs = syncRate(folder)
	if o.only != "dbos" {
		if err := compareNodeRED(ctx, o, folder, r); err != nil {
			return fmt.Errorf("beside Node-RED: %w", err)
		}
	}
	if o.only != "node-red" {
		err := compareDBOS(ctx, o, folder, r)
		if errors.Is(err, errNoPostgres) && o.only == "" {
			r.note("DBOS was not measured: " + err.Error() + ".")
		} else if err != nil {
			return fmt.Errorf("beside DBOS: %w", err)
		}
	}
	if o.only != "" {
		_, err := os.Stdout.Write(r.markdown())
		return err
	}
	return os.WriteFile(o.out, r.markdown(), 0o644)
}

// say tells how far it is.
func say(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }
