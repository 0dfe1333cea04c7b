package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/mod/semver"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

const (
	// DefaultTimeout is the deadline of a call of an action that declares none.
	DefaultTimeout = 30 * time.Second
	maxTimeout     = time.Hour
)

var (
	idPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	typePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-zA-Z][a-zA-Z0-9_]*$`)
	hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

	effects = []abi.Effect{abi.EffectNone, abi.EffectRead, abi.EffectWrite, abi.EffectDestructive}
	applies = []string{"bearer", "basic", "header", "query", "form", "sigv4", "oauth2ClientCredentials", "mtls", applyLogin, applyNone}
	// reserved are the first words of node types that are not connectors.
	reserved = []string{"core", "trigger", "case", "task", "intel"}
)

// faults gathers what is wrong with one manifest.
type faults struct {
	connector string
	errs      []error
}

func (f *faults) add(field, format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf("connector %s: %s: "+format, append([]any{f.connector, field}, args...)...))
}

// compileManifest validates a manifest and makes ready what lookups need.
func compileManifest(m abi.Manifest) (*Connector, error) {
	f := &faults{connector: m.ID}
	if m.ID == "" {
		f.connector = "(no id)"
	}
	f.identity(m)
	f.credentials(m)
	f.capabilities(m.Capabilities)
	c := &Connector{Manifest: m, actions: map[string]*Action{}}
	if len(m.Actions) == 0 {
		f.add("actions", "there is none: declare at least one")
	}
	for i, a := range m.Actions {
		field := fmt.Sprintf("actions[%d] %s", i, a.ID)
		if c.actions[a.ID] != nil {
			f.add(field, "the id stands twice")
		}
		c.actions[a.ID] = f.action(field, m, a)
		f.options(field, m, a)
	}
	return c, errors.Join(f.errs...)
}

func (f *faults) identity(m abi.Manifest) {
	if !idPattern.MatchString(m.ID) {
		f.add("id", "%q must match %s", m.ID, idPattern)
	}
	if slices.Contains(reserved, m.ID) {
		f.add("id", "%q is reserved for built-in nodes: choose another", m.ID)
	}
	if !fullVersion(m.Version) {
		f.add("version", "%q must be a full semantic version such as 1.2.0", m.Version)
	}
	if m.ABI != abi.Version {
		f.add("abi", "%q is not supported, this server speaks %q: build the connector with a matching SDK", m.ABI, abi.Version)
	}
	if m.Name == "" {
		f.add("name", "is empty: give the name that people read")
	}
	if m.Description == "" {
		f.add("description", "is empty: say in one sentence what the connector does")
	}
}

// fullVersion reports whether v is a semantic version with all three numbers;
// x/mod wants a leading v and takes shorter ones.
func fullVersion(v string) bool {
	core, _, _ := strings.Cut(strings.SplitN(v, "+", 2)[0], "-")
	return semver.IsValid("v"+v) && strings.Count(core, ".") == 2 && len(v) <= 64
}

func (f *faults) credentials(m abi.Manifest) {
	anyHost := slices.ContainsFunc(m.Capabilities.HTTP, func(h abi.HTTPCapability) bool { return h.Host == AnyHost })
	for i, c := range m.Credentials {
		field := fmt.Sprintf("credentials[%d] %s", i, c.Type)
		if !typePattern.MatchString(c.Type) || !strings.HasPrefix(c.Type, m.ID+".") {
			f.add(field, "type must be %s.NAME", m.ID)
		}
		if !slices.Contains(applies, c.Apply) {
			f.add(field, "apply %q must be one of %s", c.Apply, strings.Join(applies, ", "))
		}
		if _, err := objectSchema(c.Fields); err != nil {
			f.add(field, "fields: %v", err)
		}
		f.signs(field, c, anyHost)
		f.claims(field, c)
		f.logins(field, c)
	}
}

func (f *faults) capabilities(c abi.Capabilities) {
	for i, h := range c.HTTP {
		field := fmt.Sprintf("capabilities.http[%d]", i)
		f.host(field, h.Host, h.Reason)
		if len(h.Methods) == 0 {
			f.add(field, "methods is empty: name each method that is sent")
		}
		if !plainPrefix(h.PathPrefix) {
			f.add(field, "pathPrefix %q must be a plain path such as /v1/scans, without a / at its end, escapes and parameters", h.PathPrefix)
		}
		for _, method := range h.Methods {
			if !slices.Contains(Methods, method) {
				f.add(field, "method %q must be one of %s", method, strings.Join(Methods, ", "))
			}
		}
	}
	for i, n := range c.Net {
		field := fmt.Sprintf("capabilities.net[%d]", i)
		f.host(field, n.Host, n.Reason)
		if n.Host == AnyHost {
			if n.Port != 0 {
				f.add(field, "the host * is for every port: leave port at 0")
			}
			continue
		}
		if n.Port < 1 || n.Port > 65535 {
			f.add(field, "port %d must be 1 to 65535", n.Port)
		}
	}
}

// host checks one host name. A placeholder {field} stands for a host that the
// admin names in the credential.
func (f *faults) host(field, host, reason string) {
	placeholder := strings.HasPrefix(host, "{") && strings.HasSuffix(host, "}") && idPattern.MatchString(host[1:len(host)-1])
	if !placeholder && host != AnyHost && !ExactHost(host) {
		f.add(field, "host %q must be one lower-case host name without scheme, port, path or wildcard, or * for those that an admin names", host)
	}
	if reason == "" {
		f.add(field, "reason is empty: say why, the admin reads it before consenting")
	}
}

func (f *faults) action(field string, m abi.Manifest, a abi.Action) *Action {
	out := &Action{Action: a, Timeout: DefaultTimeout, Pages: abi.DefaultPages}
	if !idPattern.MatchString(a.ID) {
		f.add(field, "id %q must match %s", a.ID, idPattern)
	}
	if a.Name == "" || a.Description == "" {
		f.add(field, "name and description must be given: people choose the action by them")
	}
	if !slices.Contains(effects, a.Effect) {
		f.add(field, "effect %q must be one of none, read, write, destructive", a.Effect)
	}
	if a.Inverse != "" && !slices.ContainsFunc(m.Actions, func(b abi.Action) bool { return b.ID == a.Inverse }) {
		f.add(field, "inverse %q is no action of this connector", a.Inverse)
	}
	f.limits(field, a, out)
	var err error
	if out.InputSchema, err = objectSchema(a.Input); err != nil {
		f.add(field, "input: %v", err)
	}
	if out.OutputSchema, err = compileSchema(a.Output); err != nil {
		f.add(field, "output: %v", err)
	}
	f.examples(field, a, out.InputSchema)
	return out
}

func (f *faults) limits(field string, a abi.Action, out *Action) {
	if a.Timeout != "" {
		d, err := time.ParseDuration(a.Timeout)
		if err != nil || d <= 0 || d > maxTimeout {
			f.add(field, "timeout %q must be a duration such as 20s, above 0 and at most %s", a.Timeout, maxTimeout)
		}
		out.Timeout = d
	}
	if a.MemoryPages > abi.MaxPages {
		f.add(field, "memoryPages %d is above the limit of %d", a.MemoryPages, abi.MaxPages)
	}
	if a.MemoryPages > 0 {
		out.Pages = a.MemoryPages
	}
}

// examples checks the shape of examples; that they hold is a test of the
// connector's own. An example of an error may have an input that is wrong.
func (f *faults) examples(field string, a abi.Action, input *jsonschema.Schema) {
	for i, e := range a.Examples {
		at := fmt.Sprintf("%s: examples[%d] %s", field, i, e.Name)
		if e.Name == "" {
			f.add(at, "name is empty")
		}
		if (e.Output == nil) == (e.Error == nil) {
			f.add(at, "must have an output or an error, and not both")
		}
		if err := matches(input, e.Input); err != nil && e.Error == nil {
			f.add(at, "input: %v", err)
		}
	}
}

func matches(s *jsonschema.Schema, raw json.RawMessage) error {
	if s == nil {
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
