package expr

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

type vector struct {
	Name     string
	Template string
	Data     struct {
		Trigger any
		Steps   map[string]struct {
			Output any
			Error  any
			State  string
		}
		Vars  map[string]any
		Item  any
		Index *int
		Now   time.Time
	}
	Want  any
	Error *struct {
		Code, Message string
		Column        int
	}
	Browser bool
}

// plain makes a decoded JSON value as documents hold it.
func plain(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := flow.ParseValue(data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// expand makes the large inputs that would be tedious to write out.
func expand(s string) string {
	kind, rest, _ := strings.Cut(s, ":")
	count, text, _ := strings.Cut(rest, ":")
	n, _ := strconv.Atoi(count)
	switch kind {
	case "@repeat":
		return strings.Repeat(text, n)
	case "@repeat-parens":
		return "{{ " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) + " }}"
	case "@repeat-sum":
		return "{{ 1" + strings.Repeat("+1", n/2) + " }}"
	}
	return s
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("../../flows/vectors/expr.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) { runVector(t, v) })
	}
}

func runVector(t *testing.T, v vector) {
	template := expand(v.Template)
	got, err := evaluate(t, template, v)
	if v.Error == nil {
		if err != nil {
			t.Fatalf("unexpected error: %v", err)
		}
		if want := plain(t, v.Want); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
		return
	}
	var fault *Error
	var faults Errors
	if errors.As(err, &faults) {
		fault = faults[0]
	} else if !errors.As(err, &fault) {
		t.Fatalf("got %#v and error %v, want error %s", got, err, v.Error.Code)
	}
	column := utf8.RuneCountInString(template[:fault.Offset]) + 1
	if fault.Code != v.Error.Code || !strings.Contains(fault.Message, v.Error.Message) {
		t.Fatalf("got %s: %s", fault.Code, fault.Message)
	}
	if v.Error.Column > 0 && column != v.Error.Column {
		t.Fatalf("column %d, want %d:\n%v", column, v.Error.Column, fault)
	}
	if !strings.Contains(fault.Error(), "^") {
		t.Fatalf("no caret: %s", fault.Error())
	}
}

func evaluate(t *testing.T, template string, v vector) (any, error) {
	compiled, faults := Compile(template)
	if len(faults) > 0 {
		return nil, faults
	}
	in := &Data{Now: v.Data.Now, Trigger: plain(t, v.Data.Trigger), Step: func(id string) (StepView, bool) {
		s, ok := v.Data.Steps[id]
		return StepView{Output: s.Output, Error: s.Error, State: s.State}, ok
	}}
	if trigger, ok := in.Trigger.(map[string]any); ok {
		for key, value := range trigger {
			if text, isText := value.(string); isText {
				trigger[key] = expand(text)
			}
		}
	}
	in.Vars, _ = plain(t, v.Data.Vars).(map[string]any)
	for id, s := range v.Data.Steps {
		s.Output = plain(t, s.Output)
		v.Data.Steps[id] = s
	}
	if v.Data.Item != nil {
		in.Loop = &Loop{Item: plain(t, v.Data.Item), Index: *v.Data.Index}
	}
	return compiled.Eval(t.Context(), in)
}

func TestCancelStopsALoop(t *testing.T) {
	compiled, faults := Compile("{{ lists.range(3000).map(a, lists.range(3000).map(b, a * b)).size() }}")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := compiled.Eval(ctx, &Data{})
	var fault *Error
	if !errors.As(err, &fault) || fault.Code != CodeCanceled {
		t.Fatalf("got %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	data, err := os.ReadFile("../../flows/vectors/expr.json")
	if err != nil {
		f.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		f.Fatal(err)
	}
	for _, v := range vectors {
		f.Add(v.Template)
	}
	f.Fuzz(func(t *testing.T, s string) {
		compiled, faults := Compile(s)
		for _, fault := range faults {
			_ = fault.Error()
		}
		if compiled == nil {
			return
		}
		if _, err := compiled.Eval(t.Context(), &Data{Trigger: map[string]any{"a": int64(1)}}); err != nil {
			_ = err.Error()
		}
	})
}

func BenchmarkEval(b *testing.B) {
	data := &Data{Trigger: map[string]any{"body": map[string]any{"n": int64(7)}}}
	for name, source := range map[string]string{
		"arithmetic": "{{ (trigger.body.n * 31 + 1) % 1000003 }}",
		"text":       "host {{ trigger.body.n }}",
		"loop":       "{{ [1, 2, 3, 4, 5].map(x, x * trigger.body.n) }}",
	} {
		b.Run(name, func(b *testing.B) {
			compiled, faults := Compile(source)
			if len(faults) > 0 {
				b.Fatal(faults)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := compiled.Eval(b.Context(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
