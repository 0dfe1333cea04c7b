package openapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/openapi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// realDocuments are those beside the repository, if they are there.
func realDocuments() []string {
	files, _ := filepath.Glob("../../../shared/data/openapi/*.json")
	if dir := os.Getenv("DRAWBRIDGE_OPENAPI"); dir != "" {
		files = nil
		for _, ext := range []string{"json", "yaml", "yml"} {
			more, _ := filepath.Glob(filepath.Join(dir, "*."+ext))
			files = append(files, more...)
		}
	}
	return files
}

// TestRealDocuments converts documents of many makers, and calls every operation of
// each against a server that holds requests against the document.
func TestRealDocuments(t *testing.T) {
	files := realDocuments()
	if len(files) == 0 {
		t.Skip("no real documents in ../shared/data/openapi beside the repository; DRAWBRIDGE_OPENAPI names another folder")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { callAll(t, file) })
	}
}

// TestOwnDocuments does the same with the documents of this package.
func TestOwnDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are none", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { callAll(t, file) })
	}
}

// callAll converts one document and calls its actions, each with what it needs and
// with all that it takes.
func callAll(t *testing.T, file string) {
	document, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(document) && strings.HasSuffix(file, ".json") {
		if _, err := openapi.Convert(document, openapi.Options{File: "it"}); err == nil || !strings.HasPrefix(err.Error(), "it:") {
			t.Errorf("a broken document: %v", err)
		}
		t.Skip("the document is broken, and refused with its line")
	}
	result, err := openapi.Convert(document, openapi.Options{File: filepath.Base(file)})
	if err != nil {
		t.Fatal(err)
	}
	server, err := newContract(document)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, result, server)
	called := 0
	for _, made := range result.Actions {
		good := true
		for _, all := range []bool{false, true} {
			if faults := b.call(t, made, all); len(faults) > 0 {
				good = false
				t.Errorf("%s (%s), all fields %t:\n  %s", made.Operation, made.Action, all, strings.Join(faults, "\n  "))
			}
		}
		if good {
			called++
		}
	}
	t.Logf("| %s | %d | %d | %d |", filepath.Base(file), result.Report.Operations, result.Report.Converted, called)
}

// bench is a sandbox with one connector in it.
type bench struct {
	*sandbox.Sandbox
	result     *openapi.Result
	server     *contract // nil where the test answers itself
	credential *egress.Credential
}

// credentialFor fills in a credential of the connector's first type.
func credentialFor(t *testing.T, r *openapi.Result) map[string]app.GivenCredential {
	t.Helper()
	if len(r.Manifest.Credentials) == 0 {
		return nil
	}
	declared := r.Manifest.Credentials[0]
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal(declared.Fields, &schema); err != nil {
		t.Fatal(err)
	}
	given := app.GivenCredential{Type: declared.Type, Fields: map[string]string{}, Hosts: []string{"api.example.com"}}
	if u, err := url.Parse(declared.Value); err == nil && u.Host != "" {
		given.Hosts = append(given.Hosts, u.Host)
	}
	for name := range schema.Properties {
		switch name {
		case "clientAuth":
		case "tokenUrl":
			given.Fields[name] = "https://api.example.com/oauth/token"
		case "baseUrl":
			given.Fields[name] = "https://api.example.com"
		default:
			given.Fields[name] = "secret-of-the-test"
		}
	}
	if !strings.Contains(string(declared.Fields), `"baseUrl"`) {
		t.Fatalf("the credential has no baseUrl: %s", declared.Fields)
	}
	return map[string]app.GivenCredential{"it": given}
}

func newBench(t *testing.T, r *openapi.Result, server http.RoundTripper) *bench {
	t.Helper()
	file, err := r.Build()
	if err != nil {
		t.Fatal(err)
	}
	c := catalog.New()
	if _, err := c.Add(file); err != nil {
		t.Fatal(err)
	}
	blobs, err := egress.NewFolderBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	powers := app.Powers{
		HTTP: server, Credentials: credentialFor(t, r),
		Grants: map[string]catalog.Grant{r.Manifest.ID: {HTTP: []catalog.HTTPRule{{Host: "api.example.com"}}}},
	}
	broker, credential, err := powers.Broker(c, blobs, true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sandbox.New(sandbox.Options{Catalog: c, Blobs: blobs, Broker: broker, CacheDir: cacheDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if logs, err := s.Start(t.Context(), r.Manifest.ID, r.Manifest.Version); err != nil {
		t.Fatal(err, logs)
	}
	held, _ := server.(*contract)
	return &bench{s, r, held, credential}
}

// cacheDir keeps compiled code for the whole run: the engine is the same in all.
func cacheDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("drawbridge-openapi-test-%d", os.Getpid()))
	return dir
}

// call calls one action, and answers what was wrong.
func (b *bench) call(t *testing.T, made openapi.Made, all bool) []string {
	t.Helper()
	i := slices.IndexFunc(b.result.Report.LeftOut, func(n openapi.Note) bool { return n.Operation == made.Operation })
	if i >= 0 {
		return []string{"it was left out as well"}
	}
	var input map[string]any
	for _, a := range b.result.Manifest.Actions {
		if a.ID == made.Action {
			var schema map[string]any
			if err := json.Unmarshal(a.Input, &schema); err != nil {
				return []string{err.Error()}
			}
			s := &sampler{root: schema, all: all, input: true}
			input, _ = s.of(schema, 0).(map[string]any)
		}
	}
	delete(input, "allPages")
	delete(input, "maxItems")
	raw, err := json.Marshal(input)
	if err != nil {
		return []string{err.Error()}
	}
	b.server.method, b.server.path, _ = strings.Cut(made.Operation, " ")
	b.server.faults, b.server.answered = nil, 0
	res, err := b.Invoke(t.Context(), sandbox.Call{
		RunID: "r", StepKey: made.Action, Attempt: 1, Key: "k", Connector: b.result.Manifest.ID, Version: b.result.Manifest.Version,
		Action: made.Action, Input: raw, Credential: b.credential,
	})
	if err != nil {
		return []string{err.Error()}
	}
	faults := b.server.faults
	if res.Error != nil {
		faults = append(faults, res.Error.Error())
	} else if b.server.answered != 1 {
		faults = append(faults, fmt.Sprintf("%d requests were sent", b.server.answered))
	}
	if len(faults) > 0 {
		faults = append(faults, "input: "+string(raw))
	}
	return faults
}
