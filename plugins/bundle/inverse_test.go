package main

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/testkit/contract"
)

// TestInverses does something to a system, sees it done, undoes it by the inverse that the
// manifest names, with what the first answered, and sees that it is as before.
func TestInverses(t *testing.T) {
	type values = map[string]any
	b := open(t)
	tried := map[string]bool{}
	for _, tt := range []struct {
		connector, action string
		input             values
		// undo makes the inverse's input from the action's answer.
		undo func(values) values
		// look reads a state, which the action changes and the inverse brings back; without
		// it the inverse alone has to succeed.
		look  string
		asked values
		field string
	}{
		{"aws", "block_public_access", values{"bucket": "half-bucket"}, func(out values) values {
			return values{"bucket": "half-bucket", "configured": out["configured"], "settings": out["before"]}
		}, "public_access", values{"bucket": "half-bucket"}, "blocked"},
		{"aws", "block_public_access", values{"bucket": "open-bucket"}, func(out values) values {
			return values{"bucket": "open-bucket", "configured": out["configured"]}
		}, "public_access", values{"bucket": "open-bucket"}, "configured"},
		{"crowdstrike", "isolate", values{"host": "0123456789abcdef0123456789abcdef"}, func(values) values {
			return values{"host": "0123456789abcdef0123456789abcdef"}
		}, "", nil, ""},
		{"jira", "transition", values{"issue": "SEC-2", "to": "Done"}, func(out values) values {
			return values{"issue": "SEC-2", "to": out["from"]}
		}, "get", values{"issue": "SEC-2"}, "status"},
		{"msgraph", "disable_user", values{"user": "reporter@corp.example"}, func(out values) values {
			return values{"user": out["user"]}
		}, "user", values{"user": "reporter@corp.example"}, "enabled"},
		{"msgraph", "move_message", values{"user": "reporter@corp.example", "message": contract.GraphMail}, func(out values) values {
			return values{"user": "reporter@corp.example", "message": out["id"], "folder": "inbox"}
		}, "", nil, ""},
		{"paloalto", "block", values{"ip": "198.51.100.7"}, func(out values) values {
			return values{"ip": out["ip"], "tag": out["tag"]}
		}, "blocked", values{}, "count"},
		{"slack", "post", values{"channel": "#soc", "text": "hello"}, func(out values) values {
			return values{"channel": out["channel"], "ts": out["ts"]}
		}, "", nil, ""},
		{"tenable", "launch", values{"scan": 12}, func(values) values { return values{"scan": 12} }, "", nil, ""},
	} {
		tried[tt.connector+"."+tt.action] = true
		t.Run(tt.connector+"."+tt.action, func(t *testing.T) {
			w := contract.NewWorld(t)
			run := func(action string, input values) values {
				got := b.Run(t, w, contract.Call{Connector: tt.connector, Action: action, Input: input, Credential: credentialsOf(tt.connector, action)[0]})
				var out values
				if got.Error != nil || json.Unmarshal(got.Output, &out) != nil {
					t.Fatalf("%s of %v: %s %v", action, input, got.Output, got.Error)
				}
				return out
			}
			state := func() any {
				if tt.look == "" {
					return nil
				}
				return run(tt.look, maps.Clone(tt.asked))[tt.field]
			}
			con, err := b.Catalog.Connector(tt.connector, "")
			if err != nil {
				t.Fatal(err)
			}
			inverse := con.Action(tt.action).Inverse
			before := state()
			undo := tt.undo(run(tt.action, tt.input))
			if after := state(); tt.look != "" && after == before {
				t.Errorf("%s: %s is %v before and after", tt.action, tt.field, before)
			}
			out := run(inverse, undo)
			for _, name := range []string{"changed", "removed", "stopped"} {
				if did, told := out[name].(bool); told && !did {
					t.Errorf("%s had nothing to undo: %v", inverse, out)
				}
			}
			if again := state(); again != before {
				t.Errorf("after %s %s is %v, and was %v", inverse, tt.field, again, before)
			}
		})
	}
	for _, m := range asking(b) {
		for _, a := range m.Actions {
			if a.Inverse != "" && !tried[m.ID+"."+a.ID] && !tried[m.ID+"."+a.Inverse] {
				t.Errorf("%s.%s has an inverse, and nobody has tried it", m.ID, a.ID)
			}
		}
	}
}

// TestATransitionKeepsItsComment repeats one whose comment failed, and one that was whole.
func TestATransitionKeepsItsComment(t *testing.T) {
	b, w := open(t), contract.NewWorld(t)
	for i, want := range []string{"unavailable", "", ""} {
		input := map[string]any{"issue": "SEC-2", "to": "Done", "comment": contract.JiraBreaks}
		got := b.Run(t, w, contract.Call{Connector: "jira", Action: "transition", Input: input, Credential: credentialsOf("jira", "transition")[0]})
		if code := codeOf(got.Error); code != want {
			t.Fatalf("call %d: %s %v", i+1, got.Output, got.Error)
		}
	}
	written := 0
	for _, asked := range w.Asked() {
		if strings.HasPrefix(asked, "POST ") && strings.HasSuffix(asked, "/comment") {
			written++
		}
	}
	if written != 2 { // the one that failed, and the one that didn't
		t.Errorf("the comment was sent %d times", written)
	}
}

func codeOf(e *abi.Error) string {
	if e == nil {
		return ""
	}
	return e.Code
}
