package run

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// DecodeEvents reads what [EncodeEvents] wrote. Members that it doesn't know are those of
// a later version, and left out.
func DecodeEvents(data []byte) ([]Event, error) {
	value, err := flow.ReadKept(data)
	if err != nil {
		return nil, fmt.Errorf("journal row: %w", err)
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("journal row: it is no list")
	}
	events := make([]Event, len(list))
	for i := range list {
		if events[i], err = readEvent(list[i]); err != nil {
			return nil, fmt.Errorf("journal row, seq %d: %w", events[i].Seq, err)
		}
	}
	return events, nil
}

func readEvent(v any) (Event, error) {
	m := newMembers(v)
	e := Event{
		Seq: m.number("seq"), At: time.UnixMicro(m.number("at")).UTC(), Kind: Kind(m.text("kind")), Step: m.text("step"), Attempt: int(m.number("attempt")),
		Port: m.text("port"), Output: m.of["output"], Total: int(m.number("total")), Index: int(m.number("index")), Width: int(m.number("width")),
		Calls: int(m.number("calls")), Trigger: m.text("trigger"), Key: m.text("key"),
	}
	if due := m.number("due"); due != 0 {
		e.Due = time.UnixMicro(due).UTC()
	}
	if fault, given := m.of["error"]; given {
		f := newMembers(fault)
		e.Error = &Error{Code: f.text("code"), Message: f.text("message"), Step: f.text("step"), Details: f.of["details"]}
		m.adopt(f)
	}
	if response, given := m.of["response"]; given {
		r := newMembers(response)
		e.Response = &Response{Status: int(r.number("status")), Headers: r.texts("headers"), Body: r.of["body"]}
		m.adopt(r)
	}
	e.Pinned = m.of["pinned"] == true
	if setup, given := m.of["setup"]; given && m.err == nil {
		e.Setup, m.err = readSetup(setup)
	}
	if logs, given := m.of["logs"]; given && m.err == nil {
		m.err = json.Unmarshal(flow.CompactJSON(logs), &e.Logs)
	}
	return e, m.err
}

// members reads an object; the first fault stays.
type members struct {
	of  map[string]any
	err error
}

func newMembers(v any) *members {
	of, ok := v.(map[string]any)
	if !ok {
		return &members{err: fmt.Errorf("%T stands for an object", v)}
	}
	return &members{of: of}
}

func (m *members) adopt(inner *members) {
	if m.err == nil {
		m.err = inner.err
	}
}

func (m *members) wrong(name string, v any) {
	if m.err == nil {
		m.err = fmt.Errorf("%T stands as %s", v, name)
	}
}

// number gives a whole number; 0 where it is left out. So does text.
func (m *members) number(name string) int64 {
	v, given := m.of[name]
	if !given {
		return 0
	}
	n, ok := v.(int64)
	if !ok {
		m.wrong(name, v)
	}
	return n
}

func (m *members) text(name string) string {
	v, given := m.of[name]
	if !given {
		return ""
	}
	text, ok := v.(string)
	if !ok {
		m.wrong(name, v)
	}
	return text
}

func (m *members) texts(name string) map[string]string {
	v, given := m.of[name]
	if !given {
		return nil
	}
	of, ok := v.(map[string]any)
	if !ok {
		m.wrong(name, v)
	}
	texts := make(map[string]string, len(of))
	for key := range of {
		text, ok := of[key].(string)
		if !ok {
			m.wrong(name, of[key])
		}
		texts[key] = text
	}
	return texts
}
