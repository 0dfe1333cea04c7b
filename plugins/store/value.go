package store

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// place is where a value is kept: v/ and its space and key, which no separator can
// confuse because the length of the space stands before it.
func (k Key) place() (string, error) {
	switch n := len(k.Key) + len(k.Space); {
	case k.Key == "":
		return "", sdk.BadInput("/key", "must not be empty")
	case n > mostKey:
		return "", sdk.BadInput("/key", "has %d bytes together with the space, at most %d are allowed: hash what is longer", n, mostKey)
	}
	return strconv.Itoa(len(k.Space)) + "/" + k.Space + k.Key, nil
}

// duration reads a time to keep something, in Go's units and days.
func duration(field, text string) (time.Duration, error) {
	read := text
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			read = strconv.FormatUint(n*24, 10) + "h"
		}
	}
	d, err := time.ParseDuration(read)
	if err != nil || d < time.Second || d > mostTime {
		return 0, sdk.BadInput(field, "%q is no duration from 1s to 365d, such as 90s, 36h or 30d", text)
	}
	return d, nil
}

// kept is a value with the second when it is gone, as text: base 36, a blank, JSON.
type kept struct {
	text  string // as it stands there
	until int64
	value json.RawMessage
}

// load reads what is kept at a place; nil is nothing, or nothing any more.
func load(c *sdk.Context, at string) (*kept, error) {
	text, ok, err := c.Get("v/" + at)
	if err != nil || !ok {
		return nil, err
	}
	head, value, found := strings.Cut(text, " ")
	until, err := strconv.ParseInt(head, 36, 64)
	if !found || err != nil {
		return nil, sdk.Fail("damaged", "what is kept under that key can't be read: put it anew")
	}
	k := &kept{text: text, until: until, value: json.RawMessage(value)}
	if until <= c.Now().Unix() {
		_, err := c.Swap("v/"+at, &text, nil)
		return nil, err
	}
	return k, nil
}

func (k *kept) output() GetOutput {
	if k == nil {
		return GetOutput{Value: json.RawMessage("null")}
	}
	return GetOutput{Found: true, Value: k.value, Until: written(k.until)}
}

func written(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }

func get(c *sdk.Context, in Key) (GetOutput, error) {
	at, err := in.place()
	if err != nil {
		return GetOutput{}, err
	}
	k, err := load(c, at)
	return k.output(), err
}

func put(c *sdk.Context, in PutInput) (PutOutput, error) {
	at, err := in.place()
	if err != nil {
		return PutOutput{}, err
	}
	long, err := duration("/for", in.For)
	switch {
	case err != nil:
		return PutOutput{}, err
	case len(in.Value) > mostValue:
		return PutOutput{}, sdk.BadInput("/value", "has %d bytes as JSON, at most %d are allowed: put it into a case, or into parts under several keys", len(in.Value), mostValue)
	}
	until := c.Now().Add(long).Unix()
	before, err := load(c, at)
	if err != nil {
		return PutOutput{}, err
	}
	// First the note when it is gone: a value without one would never be swept away.
	if err := note(c, at, until); err != nil {
		return PutOutput{}, err
	}
	if err := c.Put("v/"+at, strconv.FormatInt(until, 36)+" "+string(in.Value)); err != nil {
		return PutOutput{}, err
	}
	return PutOutput{Until: written(until), Replaced: before != nil}, nil
}

func remove(c *sdk.Context, in Key) (GetOutput, error) {
	at, err := in.place()
	if err != nil {
		return GetOutput{}, err
	}
	for range tries {
		k, err := load(c, at)
		if err != nil || k == nil {
			return k.output(), err
		}
		if did, err := c.Swap("v/"+at, &k.text, nil); did || err != nil {
			return k.output(), err
		}
	}
	return GetOutput{}, busy()
}

// mostSwept bounds what one call sweeps away, each by a call or two of the host, which
// allows so many.
const mostSwept = 100

// note writes down when a value is gone, beside others of its bucket, and takes away
// those whose time is over: nobody may ever ask for them again.
func note(c *sdk.Context, at string, until int64) error {
	sum := sha256.Sum256([]byte(at))
	name := base64.RawURLEncoding.EncodeToString([]byte(at))
	return change(c, "x/", sum[0], func(b *bucket) error {
		for _, gone := range b.sweep(c.Now().Unix(), mostSwept) {
			place, err := base64.RawURLEncoding.DecodeString(gone.name)
			if err != nil || string(place) == at {
				continue
			}
			// What was put again since then stays: its own note is the newer one.
			if _, err := load(c, string(place)); err != nil {
				return err
			}
		}
		return b.set(entry{name: name, until: until})
	})
}
