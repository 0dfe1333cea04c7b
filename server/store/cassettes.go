package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Cassette is what one attempt of a step was told from outside.
type Cassette struct {
	RunID   string
	Step    string
	Attempt int
	// Calls counts what is on it, Size its bytes.
	Calls int
	Size  int
	// Cut says that something was too large to be kept.
	Cut bool
	// Content is JSON; a list of cassettes leaves it out.
	Content []byte
	At      time.Time
}

// ErrNoCassette says that none was recorded, or that it is not kept any more.
var ErrNoCassette = errors.New("there is no cassette")

type cassetteRow struct {
	RunID   string
	StepKey string
	Attempt int
	Calls   int
	Size    int
	Cut     int
	Content []byte
	BlobRef *string
	At      int64
}

// TableName implements GORM's Tabler.
func (cassetteRow) TableName() string { return "cassettes" }

// Bounds of the cassettes that wait to be written.
const (
	maxUnwritten      = 1000
	maxUnwrittenBytes = 64 << 20
	maxWrittenAtOnce  = 200
	// gatherFor is how long cassettes are gathered for one transaction.
	gatherFor = 50 * time.Millisecond
)

// recorder writes cassettes in the background: the runs that made them don't wait.
// What there is no room for isn't kept, which shows: the journal counts the calls of
// each attempt.
type recorder struct {
	store  *Store
	pack   *zstd.Encoder
	unpack *zstd.Decoder

	mu      sync.Mutex
	changed *sync.Cond
	queue   []Cassette
	bytes   int
	written int64 // how many were taken off the queue and are written
	queued  int64
	stopped bool
	done    chan struct{}
}

func startRecorder(ctx context.Context, s *Store) (*recorder, error) {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(128<<10))
	if err != nil {
		return nil, err
	}
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxLoad))
	if err != nil {
		return nil, err
	}
	r := &recorder{store: s, pack: pack, unpack: unpack, done: make(chan struct{})}
	r.changed = sync.NewCond(&r.mu)
	go r.run(context.WithoutCancel(ctx))
	return r, nil
}

// KeepCassette queues a cassette and returns at once. It says whether there was room
// for it.
func (s *Store) KeepCassette(c Cassette) bool {
	r := s.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped || len(r.queue) >= maxUnwritten || r.bytes+len(c.Content) > maxUnwrittenBytes {
		return false
	}
	r.queue = append(r.queue, c)
	r.bytes += len(c.Content)
	r.queued++
	r.changed.Broadcast()
	return true
}

// settle waits until all that is queued now is written.
func (r *recorder) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for upTo := r.queued; r.written < upTo; {
		r.changed.Wait()
	}
}

func (r *recorder) stop() {
	r.mu.Lock()
	r.stopped = true
	r.changed.Broadcast()
	r.mu.Unlock()
	<-r.done
}

func (r *recorder) run(ctx context.Context) {
	defer close(r.done)
	for {
		batch, ok := r.next()
		if !ok {
			return
		}
		if err := r.write(ctx, batch); err != nil {
			r.store.logger.Error("cassettes were not kept", "count", len(batch), "error", err)
		}
		r.mu.Lock()
		r.written += int64(len(batch))
		r.changed.Broadcast()
		r.mu.Unlock()
	}
}

// next waits for cassettes, and a moment for more of them.
func (r *recorder) next() ([]Cassette, bool) {
	r.mu.Lock()
	for len(r.queue) == 0 && !r.stopped {
		r.changed.Wait()
	}
	stopped := r.stopped
	r.mu.Unlock()
	if !stopped {
		timer := time.NewTimer(gatherFor)
		<-timer.C
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.queue), maxWrittenAtOnce)
	if n == 0 {
		return nil, false
	}
	batch := r.queue[:n:n]
	r.queue = append([]Cassette(nil), r.queue[n:]...)
	for i := range batch {
		r.bytes -= len(batch[i].Content)
	}
	return batch, true
}

func (r *recorder) write(ctx context.Context, batch []Cassette) error {
	rows := make([]cassetteRow, len(batch))
	for i := range batch {
		c := &batch[i]
		rows[i] = cassetteRow{RunID: c.RunID, StepKey: c.Step, Attempt: c.Attempt, Calls: c.Calls, Size: len(c.Content), Cut: boolean(c.Cut), At: micro(c.At)}
		packed := r.pack.EncodeAll(c.Content, nil)
		if len(packed) <= inline {
			rows[i].Content = packed
			continue
		}
		ref, err := r.store.blobs.Put(ctx, packed)
		if err != nil {
			return err
		}
		rows[i].BlobRef = &ref
	}
	return r.store.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 50).Error
	})
}

// Cassette gives what an attempt of a step was told, or [ErrNoCassette].
func (s *Store) Cassette(ctx context.Context, runID, step string, attempt int) (Cassette, error) {
	s.recorder.settle()
	var row cassetteRow
	err := s.read.WithContext(ctx).Take(&row, "run_id = ? AND step_key = ? AND attempt = ?", runID, step, attempt).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Cassette{}, ErrNoCassette
	}
	if err != nil {
		return Cassette{}, err
	}
	packed := row.Content
	if row.BlobRef != nil {
		if packed, err = s.blobs.Read(ctx, *row.BlobRef, maxLoad); err != nil {
			return Cassette{}, fmt.Errorf("cassette of %s in run %s: %w", step, runID, err)
		}
	}
	c := row.cassette()
	if c.Content, err = s.recorder.unpack.DecodeAll(packed, nil); err != nil {
		return Cassette{}, fmt.Errorf("cassette of %s in run %s: %w", step, runID, err)
	}
	return c, nil
}

// Cassettes lists those of a run without their contents: by step and attempt.
func (s *Store) Cassettes(ctx context.Context, runID string) ([]Cassette, error) {
	s.recorder.settle()
	var rows []cassetteRow
	if err := s.read.WithContext(ctx).Omit("content", "blob_ref").Where("run_id = ?", runID).Order("step_key, attempt").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Cassette, len(rows))
	for i := range rows {
		list[i] = rows[i].cassette()
	}
	return list, nil
}

// TapedSize gives how many bytes the cassettes of a run have.
func (s *Store) TapedSize(ctx context.Context, runID string) (n int64, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COALESCE(SUM(size), 0) FROM cassettes WHERE run_id = ?`, runID).Scan(&n).Error
	return n, err
}

// ForgetCassettes removes up to limit cassettes from before a time, and says how many.
func (s *Store) ForgetCassettes(ctx context.Context, before time.Time, limit int) (int64, error) {
	done := s.write.WithContext(ctx).Exec(`DELETE FROM cassettes WHERE (run_id, step_key, attempt) IN
		(SELECT run_id, step_key, attempt FROM cassettes WHERE at < ? ORDER BY at LIMIT ?)`, micro(before), limit)
	return done.RowsAffected, done.Error
}

func (r *cassetteRow) cassette() Cassette {
	return Cassette{RunID: r.RunID, Step: r.StepKey, Attempt: r.Attempt, Calls: r.Calls, Size: r.Size, Cut: r.Cut != 0, At: fromMicro(r.At)}
}
