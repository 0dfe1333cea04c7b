package logfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

func TestTimes(t *testing.T) {
	span, err := Window{Since: "2025-01-02T12:00:00Z", Until: "2025-01-02T13:00:00Z", Zone: "+02:00"}.Parse()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2025-01-02 14:00:00": "2025-01-02T12:00:00Z", "2025-01-02T14:00:00.123": "2025-01-02T12:00:00.123Z",
		"2025-01-02T14:00:00.5Z": "2025-01-02T14:00:00.5Z", "2025-01-02T14:00:00+01:00": "2025-01-02T13:00:00Z",
		"1735819200.250000": "2025-01-02T12:00:00.25Z", "1735819200250": "2025-01-02T12:00:00.25Z", "02-Jan-2025 14:00:00.123": "2025-01-02T12:00:00.123Z",
	} {
		if at, err := span.Time(text); err != nil || Written(at) != want {
			t.Errorf("%s: %s %v, want %s", text, Written(at), err, want)
		}
	}
	for _, text := range []string{"", "-", "soon", "2025-13-02 14:00:00", "2025-01-02 14:00", "99999999999999999", "12.x", "-5"} {
		if at, err := span.Time(text); err == nil {
			t.Errorf("%q is taken as %s", text, at)
		}
	}
	noon := time.Date(2025, 1, 2, 12, 0, 0, 0, time.UTC)
	if !span.Fit(noon) || span.Fit(noon.Add(time.Hour)) || span.Fit(noon.Add(-time.Second)) {
		t.Error("the window isn't from its begin to before its end")
	}
}

func TestNetworks(t *testing.T) {
	n, err := ParseNetworks("/ips", []string{"192.0.2.7", "198.51.100.9/24", "2001:db8::/32", "::ffff:203.0.113.5"})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"192.0.2.7": true, "192.0.2.8": false, "198.51.100.200": true, "2001:db8::9": true, "::ffff:192.0.2.7": true, "203.0.113.5": true, "2001:db9::": false} {
		if n.Fit(netip.MustParseAddr(text)) != want {
			t.Errorf("%s: %t", text, !want)
		}
	}
	if _, err := ParseNetworks("/ips", []string{"192.0.2.7", "a.example"}); err == nil || !strings.Contains(err.Error(), "/ips/1") {
		t.Errorf("a name among addresses: %v", err)
	}
}

func TestLinesAreBounded(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range mostBytes/1024 + 1 {
		_, _ = z.Write([]byte(strings.Repeat("x", 1023) + "\n"))
	}
	_ = z.Close()
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"a bomb": {packed.Bytes(), "more than 256 MiB"}, "a long line": {[]byte("a\n" + strings.Repeat("x", mostLine+1)), "line 2"},
		"cut gzip": {packed.Bytes()[:len(packed.Bytes())/2], "can't be read after line"},
	} {
		l, err := Open(Input{File: sdk.BlobOf(tt.file)})
		for err == nil {
			_, err = l.Next()
		}
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l, err := Open(Input{File: sdk.BlobOf([]byte("a\r\n\nb"))})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		line, err := l.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		got = append(got, string(line))
	}
	if strings.Join(got, "|") != "a||b" || l.Number != 3 {
		t.Errorf("%q, %d lines", got, l.Number)
	}
}
