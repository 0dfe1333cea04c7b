package engine_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// TestRunIDsRise makes ids in a row, also of one moment and while the clock is set back:
// they are UUIDs of version 7 that rise, and so do the digits by which people know a run.
// Where the clock goes on they say when they were made.
func TestRunIDsRise(t *testing.T) {
	begin := time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)
	var ids engine.RunIDs
	before := ids.New(begin)
	for i := range 3000 {
		at := begin.Add(time.Duration(i) * time.Microsecond)
		back := i >= 1000 && i < 2000
		if back {
			at = begin.Add(-time.Minute)
		}
		id := ids.New(at)
		parsed, err := uuid.Parse(id)
		if err != nil || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is no UUID of version 7: %v", id, err)
		}
		sec, ns := parsed.Time().UnixTime()
		if made := time.Unix(sec, ns); !back && made.Sub(at.Truncate(time.Millisecond)).Abs() > time.Millisecond {
			t.Fatalf("%s says that it was made at %v, and was at %v", id, made.UTC(), at)
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
