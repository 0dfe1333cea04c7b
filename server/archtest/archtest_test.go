// Package archtest holds the house: which package may import which. It fails on
// an import that points down, on a package the table doesn't list, and on a
// listed package that is gone.
package archtest

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/drawbridge-soar/drawbridge/"

// row is one package of ours. A package imports only from rows above its own,
// and of those only what its row names; "*" is all above.
type row struct {
	name    string
	imports []string
	planned bool
}

var house = []row{
	{name: "sdk/abi"},
	{name: "sdk", imports: []string{"sdk/abi"}},
	{name: "sdk/js"},
	{name: "sdk/rust"},
	{name: "sdk/conformance"},
	{name: "sdk/conformance/go", imports: []string{"sdk", "sdk/abi"}},
	// Connectors take the words of the manifest (effects, limits) from sdk/abi.
	{name: "plugins/email", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/ioc", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/http", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/dns", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/imap", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/ldap", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/ping", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/smtp", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/ssh", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/syslog", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/tls", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/archive", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/codec", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/csv", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/datetime", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/hash", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/html", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/store", imports: []string{"sdk", "sdk/abi"}},
	{name: "plugins/logfile", imports: []string{"sdk"}},
	{name: "plugins/dnslog", imports: []string{"sdk", "sdk/abi", "plugins/logfile"}},
	{name: "plugins/netflow", imports: []string{"sdk", "sdk/abi", "plugins/logfile"}},
	// In Rust: what is Go there are tests.
	{name: "plugins/text"},
	{name: "plugins/bundle", imports: []string{"sdk", "plugins/archive", "plugins/codec", "plugins/csv", "plugins/datetime", "plugins/dns", "plugins/dnslog", "plugins/email", "plugins/hash", "plugins/html", "plugins/http", "plugins/imap", "plugins/ioc", "plugins/ldap", "plugins/netflow", "plugins/ping", "plugins/smtp", "plugins/ssh", "plugins/store", "plugins/syslog", "plugins/tls"}},
	{name: "plugins"},
	{name: "flows"},
	{name: "migrations"},
	{name: "designer"},
	{name: "server/flow"},
	{name: "server/expr", imports: []string{"server/flow"}},
	{name: "server/run", imports: []string{"server/flow"}},
	{name: "server/auth"},
	{name: "server/vault"},
	{name: "server/wasm"},
	{name: "server/wasm/wasmtest"},
	{name: "server/quickjs"},
	{name: "server/catalog", imports: []string{"sdk/abi"}},
	{name: "server/openapi", imports: []string{"sdk/js", "sdk/abi", "server/quickjs", "server/catalog"}},
	{name: "server/check", imports: []string{"sdk/js", "server/flow", "server/expr", "server/auth", "server/catalog"}},
	{name: "server/library", imports: []string{"server/flow", "server/check"}},
	{name: "server/engine", imports: []string{"server/flow", "server/expr", "server/run", "server/check", "server/catalog"}},
	{name: "server/inbox", imports: []string{"server/auth", "server/run", "server/check", "server/engine"}},
	{name: "server/cases", imports: []string{"sdk/abi", "server/auth", "server/run"}},
	{name: "server/intel", imports: []string{"server/cases"}},
	{name: "server/assets", imports: []string{"server/auth", "server/run", "server/cases"}},
	{name: "server/views"},
	{name: "server/alerts", imports: []string{"server/auth", "server/run", "server/cases"}},
	{name: "server/dashboard", imports: []string{"server/auth"}},
	{name: "server/trigger", imports: []string{"sdk/abi", "server/flow", "server/expr", "server/run", "server/vault", "server/catalog", "server/check", "server/engine", "server/library"}},
	{name: "server/egress", imports: []string{"sdk/abi", "server/catalog", "server/vault"}},
	{name: "server/sandbox", imports: []string{"sdk/js", "sdk/abi", "server/wasm", "server/quickjs", "server/catalog", "server/egress"}},
	{name: "sdk/sdktest", imports: []string{"sdk", "sdk/abi", "server/catalog", "server/egress", "server/sandbox"}},
	{name: "server/transfer", imports: []string{"server/flow", "server/check", "server/catalog", "server/library"}},
	{name: "server/store", imports: []string{"migrations", "sdk/abi", "server/flow", "server/run", "server/auth", "server/library", "server/engine", "server/inbox", "server/cases", "server/intel", "server/alerts", "server/assets", "server/views", "server/dashboard", "server/trigger", "server/egress", "server/transfer", "server/vault", "server/catalog"}},
	{name: "server/store/storetest", imports: []string{"server/cases", "server/intel", "server/alerts", "server/assets", "server/views", "server/trigger", "server/inbox", "sdk/abi", "server/catalog", "server/egress", "server/vault", "server/auth", "server/engine", "server/flow", "server/library", "server/run", "server/store"}},
	{name: "server/live", imports: []string{"server/flow", "server/run", "server/engine"}},
	{name: "server/bus"},
	{name: "server/web", imports: []string{"server/vault", "sdk/abi", "designer", "flows", "server/flow", "server/expr", "server/run", "server/auth", "server/catalog", "server/check", "server/library", "server/engine", "server/inbox", "server/cases", "server/intel", "server/alerts", "server/assets", "server/views", "server/dashboard", "server/trigger", "server/transfer", "server/live", "server/openapi"}},
	{name: "server/app", imports: []string{"*"}},
	{name: "server/cli", imports: []string{"*"}},
	{name: "server/cmd/drawbridge", imports: []string{"server/cli"}},
	{name: "server/archtest"},
	{name: "server/testkit", imports: []string{"*"}},
	{name: "server/testkit/contract", imports: []string{"*"}},
	{name: "server/testkit/lab", imports: []string{"*"}},
	{name: "server/cmd/lab", imports: []string{"server/sandbox", "server/testkit/lab"}},
}

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath string
	Imports    []string
}

func TestHouse(t *testing.T) {
	packages := list(t)
	for _, fault := range faults(house, packages) {
		t.Error(fault)
	}
}

// TestRulesHold plants one fault per rule and sees it found.
func TestRulesHold(t *testing.T) {
	small := []row{{name: "a"}, {name: "b", imports: []string{"a"}}, {name: "c", imports: []string{"a"}}, {name: "d", planned: true}}
	sound := map[string][]string{"a": nil, "b": {"a"}, "c": {"a"}}
	with := func(name string, imports ...string) map[string][]string {
		planted := map[string][]string{}
		for k, v := range sound {
			planted[k] = v
		}
		planted[name] = imports
		return planted
	}
	without := with("x")
	delete(without, "x")
	delete(without, "b")
	for name, c := range map[string]struct {
		packages map[string][]string
		want     string
	}{
		"an import that points down":  {with("a", "b"), "a imports b"},
		"an import its row forbids":   {with("c", "b"), "c imports b"},
		"a package nobody listed":     {with("x"), "x is not in the table"},
		"a listed package is gone":    {without, "b is listed and not there"},
		"a planned package was built": {with("d"), "d is marked planned and there"},
	} {
		if got := faults(small, c.packages); len(got) != 1 || !strings.Contains(got[0], c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := faults(small, sound); len(got) > 0 {
		t.Errorf("a sound house has faults: %q", got)
	}
}

// faults compares packages, name to own imports, with the table.
func faults(table []row, packages map[string][]string) []string {
	var found []string
	place := map[string]int{}
	for i, r := range table {
		place[r.name] = i
		_, there := packages[r.name]
		switch {
		case there && r.planned:
			found = append(found, r.name+" is marked planned and there: take the mark away")
		case !there && !r.planned:
			found = append(found, r.name+" is listed and not there: take it off the table")
		}
	}
	for name, imports := range packages {
		at, listed := place[name]
		if !listed {
			found = append(found, name+" is not in the table: give it a row")
			continue
		}
		for _, i := range imports {
			if !allowed(table, at, i, place) {
				found = append(found, fmt.Sprintf("%s imports %s, which its row does not allow", name, i))
			}
		}
	}
	slices.Sort(found)
	return found
}

func allowed(table []row, at int, imported string, place map[string]int) bool {
	to, listed := place[imported]
	if !listed || to >= at {
		return false
	}
	return slices.Contains(table[at].imports, "*") || slices.Contains(table[at].imports, imported)
}

// list asks the go command for all packages and their imports of ours.
func list(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := map[string][]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		own := []string{}
		for _, i := range p.Imports {
			if name, ours := strings.CutPrefix(i, module); ours {
				own = append(own, name)
			}
		}
		packages[strings.TrimPrefix(p.ImportPath, module)] = own
	}
	if len(packages) < 10 {
		t.Fatalf("go list gave %d packages: the test would hold nothing", len(packages))
	}
	return packages
}
