package run

import (
	"encoding/json"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// EncodeEvents writes events as a JSON list, the form of a packed journal row. Times are
// Unix microseconds; what is empty is left out. It is written by hand, because each run
// does this at least once.
func EncodeEvents(events []Event) ([]byte, error) {
	b := append(make([]byte, 0, 256*len(events)), '[')
	for i := range events {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = events[i].appendJSON(b); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func (e *Event) appendJSON(b []byte) ([]byte, error) {
	b = strconv.AppendInt(append(b, `{"seq":`...), e.Seq, 10)
	b = strconv.AppendInt(append(b, `,"at":`...), e.At.UnixMicro(), 10)
	b = flow.AppendString(append(b, `,"kind":`...), string(e.Kind))
	b = appendText(b, "step", e.Step)
	b = appendInt(b, "attempt", int64(e.Attempt))
	b = appendText(b, "port", e.Port)
	b = appendValue(b, "output", e.Output)
	if e.Error != nil {
		b = e.Error.appendJSON(append(b, `,"error":`...))
	}
	if !e.Due.IsZero() {
		b = appendInt(b, "due", e.Due.UnixMicro())
	}
	b = appendInt(b, "total", int64(e.Total))
	b = appendInt(b, "index", int64(e.Index))
	b = appendInt(b, "width", int64(e.Width))
	if e.Response != nil {
		b = e.Response.appendJSON(append(b, `,"response":`...))
	}
	if len(e.Logs) > 0 {
		logs, err := json.Marshal(e.Logs)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"logs":`...), logs...)
	}
	b = appendInt(b, "calls", int64(e.Calls))
	b = appendText(b, "trigger", e.Trigger)
	b = appendText(b, "key", e.Key)
	if e.Setup != nil {
		b = appendValue(b, "setup", e.Setup.plain())
	}
	if e.Pinned {
		b = append(b, `,"pinned":true`...)
	}
	return append(b, '}'), nil
}

func (e *Error) appendJSON(b []byte) []byte {
	b = flow.AppendString(append(b, `{"code":`...), e.Code)
	b = flow.AppendString(append(b, `,"message":`...), e.Message)
	b = appendText(b, "step", e.Step)
	b = appendValue(b, "details", e.Details)
	return append(b, '}')
}

func (r *Response) appendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"status":`...), int64(r.Status), 10)
	if len(r.Headers) > 0 {
		b = flow.AppendJSON(append(b, `,"headers":`...), r.Headers)
	}
	b = appendValue(b, "body", r.Body)
	return append(b, '}')
}

// appendText adds a member unless it is empty; so do the others.
func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return flow.AppendString(appendName(b, name), text)
}

func appendInt(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(appendName(b, name), n, 10)
}

func appendValue(b []byte, name string, v any) []byte {
	if v == nil {
		return b
	}
	return flow.AppendJSON(appendName(b, name), v)
}

func appendName(b []byte, name string) []byte {
	return append(append(append(b, ',', '"'), name...), '"', ':')
}
