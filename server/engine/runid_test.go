package engine_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// TestRunIDsCountAtTheirEnds makes ids in a row: they are UUIDs of version 7 that say when
// they were made, rise with time, and so do the digits by which people know a run.
func TestRunIDsCountAtTheirEnds(t *testing.T) {
	begin := time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)
	before := engine.NewRunID(begin)
	for i := range 1000 {
		at := begin.Add(time.Duration(i+1) * time.Microsecond)
		id := engine.NewRunID(at)
		parsed, err := uuid.Parse(id)
		if err != nil || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is no UUID of version 7: %v", id, err)
		}
		if sec, ns := parsed.Time().UnixTime(); !time.Unix(sec, ns).Equal(at.Truncate(time.Millisecond)) {
			t.Fatalf("%s says that it was made at %v, and was at %v", id, time.Unix(sec, ns).UTC(), at)
		}
		if id <= before || tail(t, id) != (tail(t, before)+1)%(1<<24) {
			t.Fatalf("%s follows %s", id, before)
		}
		before = id
	}
}

func tail(t *testing.T, id string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(id[len(id)-6:], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
