package cli

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Of the measurements of the engine.
const (
	engineAtOnce = 256
	benchLease   = time.Minute
)

// engineRow is one figure beside what it is held against.
type engineRow struct {
	Name  string  `json:"name"`
	Is    float64 `json:"is"`
	Unit  string  `json:"unit"`
	Ratio float64 `json:"ratio"`
	To    string  `json:"to"`
	Aim   string  `json:"aim"`
}

// engineReport is what bench engine prints.
type engineReport struct {
	Fdatasync float64     `json:"fdatasyncPerSecond"`
	Rows      []engineRow `json:"rows"`
}

func benchEngineCommand() *cobra.Command {
	var database string
	var seconds int
	var asJSON bool
	c := &cobra.Command{
		Use:   "engine",
		Short: "Measure the journal and durable runs against the disk",
		Long: `Measure rows of the journal and durable runs a second, without HTTP, beside the
disk's fdatasync rate and a loop of inserts with nothing around it, in throwaway
databases: SQLite, and a PostgreSQL where one is named.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := measureEngine(cmd, database, time.Duration(max(seconds, 1))*time.Second)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), report)
			}
			return report.print(cmd)
		},
	}
	c.Flags().StringVar(&database, "database", "", "an empty PostgreSQL database (postgres://user@host/name) besides")
	c.Flags().IntVar(&seconds, "seconds", 5, "how long each measurement lasts")
	c.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return c
}

func (r *engineReport) print(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "fdatasync: %.0f a second\n\n", r.Fdatasync)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tis\tunit\tratio\tto\taim")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%s\t%.0f\t%s\t%.2f\t%s\t%s\n", row.Name, row.Is, row.Unit, row.Ratio, row.To, row.Aim)
	}
	return w.Flush()
}

func measureEngine(cmd *cobra.Command, database string, length time.Duration) (*engineReport, error) {
	report := &engineReport{}
	for _, db := range []struct{ name, address string }{{"SQLite", ""}, {"PostgreSQL", database}} {
		if db.name == "PostgreSQL" && database == "" {
			continue
		}
		b, err := openBenchCore(cmd.Context(), db.address)
		if err != nil {
			return nil, err
		}
		if report.Fdatasync == 0 {
			report.Fdatasync = fdatasyncRate(b.folder)
		}
		fmt.Fprintln(cmd.ErrOrStderr(), db.name)
		err = report.measure(b, db.name, length)
		if err = errors.Join(err, b.close()); err != nil {
			return nil, err
		}
	}
	return report, nil
}

func (r *engineReport) add(name string, is float64, unit string, ratio float64, to, aim string) {
	r.Rows = append(r.Rows, engineRow{name, is, unit, ratio, to, aim})
}

func (r *engineReport) measure(b *benchCore, name string, length time.Duration) error {
	cpu := processCPU()
	rows, err := b.journalRows(length)
	if err != nil {
		return err
	}
	perRow := (processCPU() - cpu) / rows * 1e6
	rate := rows / length.Seconds()
	aims := map[string][3]string{"SQLite": {"≥20", "≤25", "≥1.5"}, "PostgreSQL": {"≥6", "≤45", "≥0.7"}}[name]
	r.add(name+": rows of the journal", rate, "a second", rate/r.Fdatasync, "fdatasync", aims[0])
	if name == "SQLite" {
		bare, err := b.bareInserts(length)
		if err != nil {
			return err
		}
		r.add(name+": rows of the journal", rate, "a second", rate/bare, fmt.Sprintf("a bare loop of inserts (%.0f)", bare), "≥0.7, or the above")
	}
	r.add(name+": CPU of a row", perRow, "µs", perRow, "1 µs", aims[1])
	chains, err := b.chains(10, engineAtOnce, length)
	if err != nil {
		return err
	}
	r.add(name+": runs of ten steps, 256 at once", chains.perSecond(), "a second", chains.perSecond()/r.Fdatasync, "fdatasync", aims[2])
	return nil
}

// journalRows appends rows of one event to runs in a closed loop and gives how many.
func (b *benchCore) journalRows(length time.Duration) (float64, error) {
	var rows atomic.Int64
	errs := make([]error, engineAtOnce)
	began := time.Now()
	var wg sync.WaitGroup
	for i := range engineAtOnce {
		wg.Go(func() {
			id := uuid.Must(uuid.NewV7()).String()
			for seq := int64(1); time.Since(began) < length && errs[i] == nil; seq++ {
				done := make(chan engine.Appended, 1)
				b.core.Store.Append(benchBatch(id, seq), func(a engine.Appended) { done <- a })
				errs[i] = (<-done).Err
				rows.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(rows.Load()), errors.Join(errs...)
}

// benchBatch is what a run's step writes when it ends alone.
func benchBatch(id string, seq int64) *engine.Batch {
	now := time.Now().UTC()
	batch := &engine.Batch{
		RunID: id, Epoch: 1, Owner: "bench", Lease: benchLease,
		Events: []run.Event{{Seq: seq, At: now, Kind: run.StepSucceeded, Step: "look", Attempt: 1, Output: map[string]any{"score": int64(90), "verdict": "escalate", "host": "ws-0231"}}},
		Update: engine.Update{Status: run.Running, Started: now, Steps: int(seq), Due: now},
	}
	if seq == 1 {
		batch.Create = &engine.Record{ID: id, Flow: "bench", FlowName: "Bench", Digest: "bench", Data: map[string]any{"type": "manual"}, Created: now, Epoch: 1, Owner: "bench"}
	}
	return batch
}

// bareInserts gives how many rows like the journal's a loop of inserts writes a second,
// in transactions as large as the journal's largest, by the same driver.
func (b *benchCore) bareInserts(length time.Duration) (float64, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.folder, "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(2000)")
	if err != nil {
		return 0, err
	}
	defer db.Close() //nolint:errcheck // thrown away
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(b.ctx, `CREATE TABLE rows (run_id TEXT NOT NULL, seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, step_key TEXT NOT NULL, attempt INTEGER NOT NULL, kind TEXT NOT NULL,
		status TEXT NOT NULL, output BLOB, blob_ref TEXT, terminal INTEGER NOT NULL, epoch INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (run_id, seq)) STRICT`); err != nil {
		return 0, err
	}
	insert, err := db.PrepareContext(b.ctx, `INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return 0, err
	}
	defer insert.Close() //nolint:errcheck // as above
	runs := make([]string, engineAtOnce)
	for i := range runs {
		runs[i] = uuid.Must(uuid.NewV7()).String()
	}
	output, err := run.EncodeEvents(benchBatch(runs[0], 1).Events)
	if err != nil {
		return 0, err
	}
	began, n := time.Now(), 0
	for seq := 1; time.Since(began) < length; seq++ {
		tx, err := db.BeginTx(b.ctx, nil)
		if err != nil {
			return 0, err
		}
		statement := tx.StmtContext(b.ctx, insert) //nolint:sqlclosecheck // it ends with its transaction
		for _, id := range runs {
			if _, err := statement.ExecContext(b.ctx, id, seq, seq, "look", 1, "step.succeeded", "running", output, nil, 0, 1, began.UnixMicro()); err != nil {
				return 0, errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return 0, err
		}
		n += len(runs)
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// processCPU is what this process has used, in seconds.
func processCPU() float64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
