package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// testSuffix ends the name of a file of tests.
const testSuffix = ".test.json"

func flowTestCommand() *cobra.Command {
	var connectors string
	c := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run the *.test.json files beside flows, offline",
		Args:  cobra.MinimumNArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return testFlows(cmd, args, connectors) },
	}
	c.Flags().StringVar(&connectors, "connectors", "", "a folder with further connectors (.wasm)")
	return c
}

// testFile is a file of tests: one flow, many cases.
type testFile struct {
	Flow  string     `json:"flow"`
	Cases []testCase `json:"cases"`
}

type testCase struct {
	Name    string          `json:"name"`
	Trigger string          `json:"trigger"`
	Input   json.RawMessage `json:"input"`
	// InputFile names a file beside the tests whose text becomes input.raw.
	InputFile string              `json:"inputFile"`
	Now       time.Time           `json:"now"`
	Mocks     map[string]testMock `json:"mocks"`
	// Cassettes are what a recorded run was told from outside: see GET
	// /runs/{id}/test-case.
	Cassettes *app.CaseCassettes `json:"cassettes"`
	// Answers are what people answer, by the node id of what asks them, or its step key.
	Answers map[string]testAnswers `json:"answers"`
	Expect  testExpect             `json:"expect"`
}

// testMock stands in for a step, by its node id or its type.
type testMock struct {
	Output json.RawMessage `json:"output"`
	Error  *engine.Failure `json:"error"`
}

// testAnswers are the answers to one question: one, or a list where several must approve.
type testAnswers []testAnswer

// testAnswer is what one person says; in a test it is said when it is asked.
type testAnswer struct {
	// Decision is approve, reject, fill or expire, which says that nobody answers in time.
	Decision string          `json:"decision"`
	By       string          `json:"by"`
	Comment  string          `json:"comment"`
	Form     json.RawMessage `json:"form"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (a *testAnswers) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		return decoder.Decode((*[]testAnswer)(a))
	}
	*a = make(testAnswers, 1)
	return decoder.Decode(&(*a)[0])
}

// answer gives what people answer to a step, as a [app.Job] wants it.
func (c *testCase) answer(step string) ([]engine.Decision, bool) {
	given, named := c.Answers[step]
	if !named {
		if given, named = c.Answers[step[strings.LastIndexByte(step, '.')+1:]]; !named {
			return nil, false
		}
	}
	var decisions []engine.Decision
	for i, a := range given {
		form, err := flow.ParseValue(a.Form)
		if len(a.Form) == 0 || err != nil {
			form = nil
		}
		if a.By == "" {
			a.By = fmt.Sprintf("person %d", i+1)
		}
		decisions = append(decisions, engine.Decision{Kind: a.Decision, By: a.By, Comment: a.Comment, Form: form})
	}
	return decisions, true
}

// testExpect is what must hold: each member that is given.
type testExpect struct {
	State  string          `json:"state"`
	Output json.RawMessage `json:"output"`
	Steps  map[string]struct {
		State  string          `json:"state"`
		Output json.RawMessage `json:"output"`
	} `json:"steps"`
}

func testFlows(cmd *cobra.Command, paths []string, connectors string) error {
	files, err := findTests(paths)
	if err != nil {
		return invalid(err)
	}
	if len(files) == 0 {
		return invalid(fmt.Errorf("no %s files in %s", testSuffix, strings.Join(paths, ", ")))
	}
	h, err := app.OpenHeadless(cmd.Context(), connectors, app.Powers{})
	if err != nil {
		return err
	}
	defer closeHeadless(cmd.Context(), h)
	passed, failed := 0, 0
	var covered []*coverage
	for _, file := range files {
		p, f, c := testOne(cmd, h, file)
		passed, failed = passed+p, failed+f
		if c != nil {
			covered = append(covered, c)
		}
	}
	printCoverage(cmd.OutOrStdout(), covered)
	fmt.Fprintf(cmd.OutOrStdout(), "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// findTests lists the test files named, or below the folders named.
func findTests(paths []string) ([]string, error) {
	var found []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (strings.HasSuffix(name, testSuffix) || name == path) {
				found = append(found, beside(name))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// beside gives the tests of a flow file that was named itself.
func beside(name string) string {
	if base, isFlow := strings.CutSuffix(name, flowSuffix); isFlow {
		return base + testSuffix
	}
	return name
}

func testOne(cmd *cobra.Command, h *app.Headless, file string) (passed, failed int, covered *coverage) {
	tests, d, err := readTests(cmd, file)
	if err != nil {
		fmt.Fprintf(cmd.OutOrStdout(), "FAIL %s: %v\n", file, err)
		return 0, 1, nil
	}
	covered = newCoverage(h, d)
	for _, c := range tests.Cases {
		began := time.Now()
		if err := c.run(cmd, h, d, filepath.Dir(file), covered); err != nil {
			failed++
			fmt.Fprintf(cmd.OutOrStdout(), "FAIL %s: %s: %v\n", d.Name, c.Name, err)
			continue
		}
		passed++
		fmt.Fprintf(cmd.OutOrStdout(), "ok   %s: %s (%s)\n", d.Name, c.Name, time.Since(began).Round(time.Millisecond))
	}
	return passed, failed, covered
}

func readTests(cmd *cobra.Command, file string) (*testFile, *flow.Document, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	var tests testFile
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&tests); err != nil {
		return nil, nil, err
	}
	name := tests.Flow
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(file), testSuffix) + flowSuffix
	}
	s, err := readFlow(cmd, filepath.Join(filepath.Dir(file), name))
	if err != nil {
		return nil, nil, err
	}
	if s.document == nil || s.problems.Failed() {
		return nil, nil, s.problems
	}
	return &tests, s.document, nil
}

func (c *testCase) run(cmd *cobra.Command, h *app.Headless, d *flow.Document, folder string, covered *coverage) error {
	job := app.Job{Document: d, Trigger: c.Trigger, Now: c.Now, Skip: true, Cassettes: c.Cassettes, Flows: flowsIn(folder)}
	var err error
	if job.Input, err = c.input(folder); err != nil {
		return err
	}
	if len(c.Mocks) > 0 {
		job.Mock = c.mock
	}
	if len(c.Answers) > 0 {
		job.Answer = c.answer
	}
	state, err := h.Run(cmd.Context(), job)
	if err != nil {
		return err
	}
	covered.add(state)
	data, err := json.Marshal(Outcome(state))
	if err != nil {
		return err
	}
	got, err := flow.ParseValue(data)
	if err != nil {
		return err
	}
	outcome, _ := got.(map[string]any)
	return c.Expect.holds(outcome)
}

func (c *testCase) input(folder string) (any, error) {
	if c.InputFile != "" {
		raw, err := os.ReadFile(filepath.Join(folder, c.InputFile))
		return map[string]any{"raw": string(raw)}, err
	}
	if len(c.Input) == 0 {
		return nil, nil
	}
	return flow.ParseValue(c.Input)
}

func (c *testCase) mock(call engine.Call) (engine.Result, bool) {
	m, named := c.Mocks[call.Step]
	if !named {
		if m, named = c.Mocks[call.Step[strings.LastIndexByte(call.Step, '.')+1:]]; !named {
			m, named = c.Mocks[call.Type]
		}
	}
	if !named {
		return engine.Result{}, false
	}
	if m.Error != nil {
		return engine.Result{Error: m.Error}, true
	}
	v, err := flow.ParseValue(m.Output)
	if err != nil {
		return engine.Result{Error: &engine.Failure{Code: "bad_mock", Message: err.Error()}}, true
	}
	return engine.Result{Output: v}, true
}

// holds compares an outcome with what is expected: objects by the members that
// are expected, everything else whole.
func (e *testExpect) holds(outcome map[string]any) error {
	want := map[string]any{}
	if e.State != "" {
		want["state"] = e.State
	}
	if err := put(want, "output", e.Output); err != nil {
		return err
	}
	steps := map[string]any{}
	for key, s := range e.Steps {
		step := map[string]any{}
		if s.State != "" {
			step["state"] = s.State
		}
		if err := put(step, "output", s.Output); err != nil {
			return err
		}
		steps[key] = step
	}
	want["steps"] = steps
	if at, found := mismatch("", want, outcome); at != "" {
		return errors.New(at + ": " + found)
	}
	return nil
}

func put(into map[string]any, key string, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	v, err := flow.ParseValue(raw)
	into[key] = v
	return err
}

// mismatch gives the pointer of the first difference and what it is.
func mismatch(pointer string, want, got any) (at, difference string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for key, v := range w {
			if at, d := mismatch(flow.Join(pointer, key), v, g[key]); at != "" {
				return at, d
			}
		}
		return "", ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			if at, d := mismatch(flow.Join(pointer, fmt.Sprint(i)), w[i], g[i]); at != "" {
				return at, d
			}
		}
		return "", ""
	}
	wanted, had := string(flow.CompactJSON(want)), string(flow.CompactJSON(got))
	if wanted == had {
		return "", ""
	}
	if pointer == "" {
		pointer = "/"
	}
	return pointer, "want " + wanted + ", got " + cut(had)
}

func cut(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}
