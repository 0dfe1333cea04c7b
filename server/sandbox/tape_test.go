package sandbox_test

import (
	"bytes"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// TestATapeGivesTheSameAgain runs actions that see time, chance and what they keep, and
// runs them again from their tapes.
func TestATapeGivesTheSameAgain(t *testing.T) {
	r := start(t)
	for action, taped := range map[string]bool{"echo": false, "about": true, "random": true} {
		first := invoke(t, r, call(action, `{"n":1}`))
		if first.Error != nil {
			t.Fatalf("%s: %v", action, first.Error)
		}
		if first.Tape == nil || first.Tape.Len() > 0 != taped {
			t.Errorf("%s has a tape of %+v", action, first.Tape)
		}
		if !taped {
			continue
		}
		other := invoke(t, r, call(action, `{"n":1}`))
		if bytes.Equal(first.Output, other.Output) {
			t.Errorf("%s gives %s twice: it sees neither time nor chance", action, first.Output)
		}
		c := call(action, `{"n":1}`)
		c.Replay = first.Tape
		if again := invoke(t, r, c); !bytes.Equal(first.Output, again.Output) {
			t.Errorf("%s gave %s, and gives %s again", action, first.Output, again.Output)
		}
	}
}

// TestAReplayReachesNothing asks for what isn't on the tape.
func TestAReplayReachesNothing(t *testing.T) {
	r := start(t)
	c := call("http", `{}`)
	c.Replay = &sandbox.Tape{Wall: 1}
	if again := invoke(t, r, c); again.Error == nil || again.Error.Code != sandbox.CodeMissing {
		t.Errorf("%s, %v", again.Output, again.Error)
	}
}
