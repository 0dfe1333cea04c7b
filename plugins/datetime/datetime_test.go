package datetime

import (
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// TestForms reads one instant in the forms that systems write it in.
func TestForms(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2025, 1, 3, 0, 0, 0, 0, time.UTC)
	want := time.Date(2025, 1, 2, 12, 30, 5, 0, time.UTC)
	for text, form := range map[string]string{
		"2025-01-02T12:30:05Z": "rfc3339", "2025-01-02T13:30:05+0100": "iso8601", "2025-01-02T13:30:05": "iso8601", "20250102T123005Z": "iso8601",
		"2025-01-02 13:30:05": "sql", "2025-01-02 12:30:05 UTC": "sql", "2025-01-02 13:30:05,000": "sql",
		"Thu, 02 Jan 2025 07:30:05 -0500": "rfc1123", "Thu, 02 Jan 2025 12:30:05 GMT": "rfc1123", "Thu, 2 Jan 2025 13:30:05 +0100 (CET)": "rfc5322",
		"Thu Jan  2 13:30:05 CET 2025": "unix_date", "Thu Jan  2 13:30:05 2025": "ansi_c", "02/Jan/2025:13:30:05 +0100": "apache",
		"Jan  2 13:30:05": "syslog", "Jan 2, 2025 1:30:05 PM": "words", "2.1.2025 13:30:05": "dots", "02/01/2025 13:30:05": "slashes",
		"20250102123005.0Z": "ldap", "1735821005": "unix", "1735821005.0": "unix", "1735821005000": "unix_ms", "1735821005000000": "unix_us",
		"1735821005000000000": "unix_ns", "133802946050000000": "filetime",
	} {
		got, found, ok := read(text, berlin, false, now)
		if !ok || found != form || !got.Equal(want) {
			t.Errorf("%q: %v %s %t, want %s", text, got, found, ok, form)
		}
	}
	for _, text := range []string{"", "tomorrow", "2025-13-01", "2025-02-30", "31/31/2025", "12", "2025-01-02 12:30:05 XYZ", strings.Repeat("1", 200)} {
		if got, form, ok := read(text, berlin, false, now); ok {
			t.Errorf("%q was read as %v (%s)", text, got, form)
		}
	}
	// A line of the last year's end, read in January.
	if got, _, _ := read("Dec 31 23:00:00", time.UTC, false, now); got.Year() != 2024 {
		t.Errorf("%v", got)
	}
}

// TestClocksGoBack says which times come twice.
func TestClocksGoBack(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{"2025-10-26T00:30:00Z": true, "2025-10-26T01:30:00Z": false, "2025-10-25T23:30:00Z": false, "2025-10-26T02:30:00Z": false} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := moment(instant.In(berlin)).Repeated; got != want {
			t.Errorf("%s: %t", at, got)
		}
	}
}

// FuzzRead wants that whatever is read can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add("2025-01-02T12:30:05Z")
	f.Add("Thu, 2 Jan 2025 13:30:05 +0100 (CET)")
	f.Add("133802946050000000")
	now := time.Date(2025, 1, 3, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		got, _, ok := read(text, time.UTC, false, now)
		if !ok || got.Year() < 1 || got.Year() > 9999 {
			return
		}
		m := moment(got.UTC())
		again, _, ok := read(m.Time, time.UTC, false, now)
		if !ok || !again.Equal(got) {
			t.Errorf("%q is %s, which is read as %v", text, m.Time, again)
		}
	})
}
