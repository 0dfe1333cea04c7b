package trigger

import (
	"errors"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// TestFilesNamedFromOutside starts nothing with what names files that are kept here.
func TestFilesNamedFromOutside(t *testing.T) {
	target := Target{Flow: "f", Node: "n", Check: func(any) flow.Problems { return nil }}
	for body, want := range map[string]string{
		`{"$blob":{"id":"00"}}`:                           "",
		`{"n":1,"a/b":[{"x":{"$blob":{"id":"00"}}}]}`:     "/a~1b/0/x",
		`[{"\u0024blob":{"id":"00","size":1},"and":"y"}]`: "/0",
	} {
		var problems flow.Problems
		_, err := target.request(t.Context(), &Delivery{ContentType: "application/json", Body: []byte(body)}, "")
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Code != "input.blob" || problems[0].Pointer != want {
			t.Errorf("%s: %v", body, err)
		}
	}
	for kind, body := range map[string]string{
		"application/json": `{"text":"{\"$blob\":{\"id\":\"00\"}}","blob":{"id":"00"}}`,
		"message/rfc822":   "Subject: x\r\n\r\n{\"$blob\":{\"id\":\"00\"}}",
	} {
		if _, err := target.request(t.Context(), &Delivery{ContentType: kind, Body: []byte(body)}, ""); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}
