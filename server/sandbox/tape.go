package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// Tape is all that one call was told from outside: with it the call can be run
// again and comes to the same result. It holds no secret that the broker knows of.
type Tape struct {
	// Wall is the guest's clock at the start in Unix nanoseconds, Clock says whether
	// the guest read it.
	Wall  int64 `json:"wall"`
	Clock bool  `json:"clock,omitempty"`
	// Seed is that of the guest's random numbers, in base64; empty where it drew none.
	Seed string `json:"seed,omitempty"`
	// Credential are the fields that the guest was told of its credential; nil where
	// the step has none.
	Credential map[string]string `json:"credential,omitempty"`
	Calls      []TapedCall       `json:"calls,omitempty"`
	// Fault is why the call ended without an answer of the guest's own.
	Fault *abi.Error `json:"fault,omitempty"`
}

// TapedCall is one call of the host.
type TapedCall struct {
	Function string `json:"function"`
	// Request is what the guest asked, secrets redacted; Answer what it was told.
	Request json.RawMessage `json:"request"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	// Errno is below 0 where there was no answer.
	Errno int64 `json:"errno,omitempty"`
	// At is the guest's clock after the answer, in nanoseconds from Wall on.
	At int64 `json:"at"`
	// Took is how long the host worked, in microseconds.
	Took int64 `json:"took"`
	// What and Outcome are the broker's record of it, where it keeps one.
	What    string `json:"what,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	// Cut is the size in bytes of an answer that was too large to be kept: of it
	// nothing is here, and it can't be replayed.
	Cut int `json:"cut,omitempty"`
}

// Size is about how many bytes the tape takes.
func (t *Tape) Size() int {
	n := 256
	for i := range t.Calls {
		c := &t.Calls[i]
		n += 128 + len(c.Request) + len(c.Answer) + len(c.What) + len(c.Outcome)
	}
	return n
}

// Drop leaves out the answers, for which there is no room.
func (t *Tape) Drop() {
	for i := range t.Calls {
		if c := &t.Calls[i]; len(c.Answer) > 0 {
			c.Cut, c.Answer = len(c.Answer), nil
		}
	}
}

// Len counts what the tape holds: host calls, and the clock and chance where the
// guest used them. A call with 0 needs no tape to be run again.
func (t *Tape) Len() int {
	n := len(t.Calls)
	if t.Clock {
		n++
	}
	if t.Seed != "" {
		n++
	}
	return n
}

// MaxTaped is the largest answer that a tape keeps, in bytes.
const MaxTaped = 1 << 20

// Codes of the failures of calls that are replayed.
const (
	// CodeMissing says that the recorded call asked for no such thing.
	CodeMissing = "replay.missing"
	// CodeCut says that the answer was too large to be kept.
	CodeCut = "replay.cut"
)

// taping is the recording, or the replay, of one call.
type taping struct {
	tape   Tape
	seed   [32]byte
	replay *Tape // nil while the outside is asked
	used   []bool
	failed *abi.Error // why a replay can't go on
}

func (p *taping) begin(replay *Tape) error {
	p.replay = replay
	p.tape.Wall = time.Now().UnixNano()
	_, err := rand.Read(p.seed[:])
	if err != nil || replay == nil {
		return err
	}
	p.used = make([]bool, len(replay.Calls))
	p.tape.Wall = replay.Wall
	if replay.Seed == "" {
		return nil
	}
	seed, err := base64.StdEncoding.DecodeString(replay.Seed)
	if err != nil || len(seed) != len(p.seed) {
		return fmt.Errorf("the cassette's seed must be base64 of %d bytes", len(p.seed))
	}
	copy(p.seed[:], seed)
	return nil
}

// finish takes what the guest says it used.
func (p *taping) finish(used byte) {
	p.tape.Clock = used&usedClock != 0
	if used&usedRandom != 0 {
		p.tape.Seed = base64.StdEncoding.EncodeToString(p.seed[:])
	}
}

// answerOf takes the guest's answer with what it used.
func (x *exchange) answerOf(frame []byte) error {
	if len(frame) == 0 {
		return errors.New("empty answer frame")
	}
	x.answered = true
	x.taping.finish(frame[0])
	return x.answer(frame[1:])
}

// taped puts the tape beside the result. A replay that could not go on has failed,
// whatever the guest made of it.
func (x *exchange) taped(r Result, err error) (Result, error) {
	p := &x.taping
	if x.call.Replay != nil {
		p.replay = x.call.Replay
	}
	switch {
	case err != nil || p.tape.Wall == 0:
		return r, err
	case p.failed != nil:
		r.Output, r.Error = nil, p.failed
		return r, nil
	case p.replay != nil && p.replay.Fault != nil && !x.answered:
		fault := *p.replay.Fault
		r.Output, r.Error = nil, &fault
	case !x.answered:
		p.finish(usedClock | usedRandom) // nobody said that it used neither
		if r.Error != nil {
			fault := *r.Error
			p.tape.Fault = &fault
		}
	}
	if c := x.call.Credential; c != nil && p.tape.Len() > 0 {
		p.tape.Credential = c.Fields
		if p.tape.Credential == nil {
			p.tape.Credential = map[string]string{}
		}
	}
	r.Tape = &p.tape
	return r, nil
}

// keep records one call of the host.
func (p *taping) keep(function string, request, answer []byte, errno int64, began time.Time, records []egress.Record) {
	c := TapedCall{Function: function, Request: egress.RedactRequest(function, request), Errno: errno, At: time.Now().UnixNano() - p.tape.Wall, Took: time.Since(began).Microseconds()}
	if len(answer) > MaxTaped {
		c.Cut = len(answer)
	} else if errno >= 0 {
		c.Answer = append(json.RawMessage(nil), answer...)
	}
	if len(records) > 0 {
		last := records[len(records)-1]
		c.What, c.Outcome = last.What, last.Outcome
	}
	p.tape.Calls = append(p.tape.Calls, c)
}

// find gives the recorded answer to a request: the first that was not given yet.
func (p *taping) find(function string, request []byte) *TapedCall {
	shown := egress.RedactRequest(function, request)
	want := egress.MatchRequest(function, shown)
	for i := range p.replay.Calls {
		c := &p.replay.Calls[i]
		if p.used[i] || c.Function != function || egress.MatchRequest(function, c.Request) != want {
			continue
		}
		p.used[i] = true
		if c.Cut > 0 {
			p.fail(CodeCut, fmt.Sprintf("the answer to %s has %d bytes and was cut off in the cassette, which keeps %d: it can't be replayed", egress.NameRequest(function, shown), c.Cut, MaxTaped))
			return nil
		}
		return c
	}
	p.fail(CodeMissing, "the recorded run did not do this, so that there is no answer to it: "+egress.NameRequest(function, shown))
	return nil
}

// clock is the guest's clock after the last call of the host.
func (p *taping) clock() int64 { return p.tape.Wall + p.tape.Calls[len(p.tape.Calls)-1].At }

func (p *taping) fail(code, message string) {
	if p.failed == nil {
		p.failed = &abi.Error{Code: code, Message: message}
	}
}
