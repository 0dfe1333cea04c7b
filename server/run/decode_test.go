package run_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// What is written is read as it was; what was damaged is an error.
func TestEncodeEvents(t *testing.T) {
	at := time.UnixMicro(1764115200123456).UTC()
	events := []run.Event{
		{Seq: 1, At: at, Kind: run.RunStarted, Trigger: "hook"},
		{Seq: 2, At: at, Kind: run.StepStarted, Step: "look", Attempt: 2, Key: "k"},
		{
			Seq: 3, At: at, Kind: run.StepSucceeded, Step: "look", Attempt: 2, Port: "low", Calls: 3,
			Output: map[string]any{"n": int64(1), "f": 1.5, "t": "<\u2028\x00>", "l": []any{nil, true, map[string]any{}}},
			Logs:   []run.Log{{Level: "info", At: at, Message: "seen"}},
		},
		{Seq: 4, At: at, Kind: run.StepRetry, Step: "ask", Due: at.Add(time.Hour), Error: &run.Error{Code: "a", Message: "b", Step: "c", Details: []any{"d"}}},
		{Seq: 5, At: at, Kind: run.LoopOpened, Step: "each", Total: 7, Index: 2, Width: 3},
		{Seq: 7, At: at, Kind: run.RunQueued, Setup: &run.Setup{Until: "b", Pins: map[string]run.Pin{"a": {Output: map[string]any{"n": int64(1)}, Port: "true"}, "n": {}}}},
		{Seq: 8, At: at, Kind: run.StepSucceeded, Step: "a", Pinned: true},
		{Seq: 6, At: at, Kind: run.RunResponded, Response: &run.Response{Status: 201, Headers: map[string]string{"X-A": "b"}, Body: "c"}},
	}
	data, err := run.EncodeEvents(events)
	if err != nil {
		t.Fatal(err)
	}
	read, err := run.DecodeEvents(data)
	if err != nil || !reflect.DeepEqual(read, events) {
		t.Errorf("%v: %s is read as %+v", err, data, read)
	}
	for _, damaged := range []string{"", "{}", "[1]", `[{"seq":"1"}]`, `[{"seq":1,"step":2}]`, `[{"error":[]}]`, `[{"response":{"headers":{"a":1}}}]`, `[{"logs":[{"at":"noon"}]}]`, `[{"setup":[]}]`, `[{"setup":{"pins":{"a":1}}}]`, `[{"seq":1}`} {
		if _, err := run.DecodeEvents([]byte(damaged)); err == nil {
			t.Errorf("%q is read", damaged)
		}
	}
}
