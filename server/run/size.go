package run

// Size is about how many bytes the outputs, logs and errors of an event take as
// JSON. It is what a run's limit of results counts.
func (e *Event) Size() int {
	n := 0
	if e.Output != nil {
		n = sizeOf(e.Output)
	}
	for i := range e.Logs {
		n += len(e.Logs[i].Message) + 32
	}
	if e.Error != nil {
		n += len(e.Error.Message)
		if e.Error.Details != nil {
			n += sizeOf(e.Error.Details)
		}
	}
	if e.Response != nil && e.Response.Body != nil {
		n += sizeOf(e.Response.Body)
	}
	return n
}

func sizeOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v) + 2
	case []any:
		n := 2
		for _, item := range v {
			n += sizeOf(item) + 1
		}
		return n
	case map[string]any:
		n := 2
		for key, item := range v {
			n += len(key) + 4 + sizeOf(item)
		}
		return n
	}
	return 8
}
