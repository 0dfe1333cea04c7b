package contract

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Faults says how an answer isn't what an example says, or doesn't fit its schema.
func (b *Bench) Faults(t testing.TB, connector, action string, e abi.Example, got abi.Answer) []string {
	t.Helper()
	faults := e.Differences(got.Output, got.Error)
	if got.Error != nil {
		return faults
	}
	con, err := b.Catalog.Connector(connector, "")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.Output))
	if err == nil {
		err = con.Action(action).OutputSchema.Validate(inline(value))
	}
	if err != nil {
		faults = append(faults, "the output doesn't fit its schema: "+err.Error())
	}
	return faults
}

// inline puts a text in place of each reference to a blob, which schemas don't speak of.
func inline(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if _, is := v[abi.BlobKey]; is && len(v) == 1 {
			return ""
		}
		for name := range v {
			v[name] = inline(v[name])
		}
	case []any:
		for i := range v {
			v[i] = inline(v[i])
		}
	}
	return value
}

// Spoil gives a credential whose secrets are wrong. A private key becomes another: a text
// that is no key is refused before anything is sent.
func (b *Bench) Spoil(c app.GivenCredential) app.GivenCredential {
	t, _ := b.Catalog.CredentialType(c.Type)
	c.Fields = maps.Clone(c.Fields)
	for name := range c.Fields {
		switch {
		case name == "privateKey":
			c.Fields[name] = ecKey(namedKey("another"))
		case t.IsSecret(name):
			c.Fields[name] = "not-" + c.Fields[name]
		}
	}
	return c
}

// Reduced is a grant that lacks one thing that a manifest asks for.
type Reduced struct {
	Without string
	Grant   catalog.Grant
}

// Less gives what is left of capabilities when one of them is taken away, each in
// turn: a host, one method of it, what is kept between calls.
func Less(c abi.Capabilities) []Reduced {
	var list []Reduced
	for i, h := range c.HTTP {
		grant := catalog.Asked(c)
		grant.HTTP = slices.Delete(slices.Clone(grant.HTTP), i, i+1)
		list = append(list, Reduced{h.Host + h.PathPrefix, grant})
		for j, method := range h.Methods {
			if len(h.Methods) == 1 {
				break // no methods are all
			}
			grant := catalog.Asked(c)
			grant.HTTP = slices.Clone(grant.HTTP)
			grant.HTTP[i].Methods = slices.Delete(slices.Clone(h.Methods), j, j+1)
			list = append(list, Reduced{fmt.Sprintf("%s at %s", method, h.Host+h.PathPrefix), grant})
		}
	}
	if c.KV {
		grant := catalog.Asked(c)
		grant.KV = false
		list = append(list, Reduced{"kv", grant})
	}
	return list
}

// Seconds reads a duration; 0 where there is none.
func Seconds(duration string) float64 {
	d, _ := time.ParseDuration(duration) // what isn't one is no wait
	return d.Seconds()
}
