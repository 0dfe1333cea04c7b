package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// CredentialType is a type of credential that an installed connector declares.
type CredentialType struct {
	abi.CredentialOf
	// Connector is the id of the connector that declares it.
	Connector string
	// Secret are the fields that can't be read back: those whose schema says
	// writeOnly, or format password.
	Secret []string

	schema *jsonschema.Schema
}

// CredentialTypes lists the types that installed connectors declare, by name.
func (c *Catalog) CredentialTypes() []CredentialType {
	return c.credentialTypes(func(*Connector) bool { return true })
}

// credentialTypes takes each type from the newest version that counts. What any
// version calls secret is secret in all.
func (c *Catalog) credentialTypes(counts func(*Connector) bool) []CredentialType {
	list := slices.Clone(coreCredentials())
	secret := map[string][]string{}
	for _, t := range list {
		secret[t.Type] = t.Secret
	}
	for _, con := range c.Connectors() { // by id, the newest first
		for _, declared := range con.Manifest.Credentials {
			secret[declared.Type] = append(secret[declared.Type], secretFields(declared.Fields)...)
			if !counts(con) {
				continue
			}
			t := CredentialType{CredentialOf: declared, Connector: con.Manifest.ID}
			t.schema, _ = objectSchema(declared.Fields) // it was compiled when the connector was added
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b CredentialType) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.Connector, b.Connector))
	})
	list = slices.CompactFunc(list, func(a, b CredentialType) bool { return a.Type == b.Type })
	for i := range list {
		fields := secret[list[i].Type]
		slices.Sort(fields)
		list[i].Secret = slices.Compact(fields)
	}
	return list
}

// CredentialType finds a type by its name.
func (c *Catalog) CredentialType(name string) (CredentialType, bool) {
	return typeNamed(c.CredentialTypes(), name)
}

func typeNamed(types []CredentialType, name string) (CredentialType, bool) {
	for _, t := range types {
		if t.Type == name {
			return t, true
		}
	}
	return CredentialType{}, false
}

// secretFields reads which fields a schema marks as secret.
func secretFields(schema json.RawMessage) []string {
	var s struct {
		Properties map[string]struct {
			WriteOnly bool   `json:"writeOnly"`
			Format    string `json:"format"`
		} `json:"properties"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return nil // it was compiled when the connector was added
	}
	var list []string
	for name, p := range s.Properties {
		if p.WriteOnly || p.Format == "password" {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// IsSecret says whether a field can't be read back.
func (t *CredentialType) IsSecret(field string) bool { return slices.Contains(t.Secret, field) }

// FieldError says which field of a credential doesn't fit its type, and never
// what was given.
type FieldError struct {
	Field   string
	Message string
}

// Error implements the error interface.
func (e *FieldError) Error() string { return e.Message }

// checkNetworks reads the networks that a credential opens, which no schema describes.
func (t *CredentialType) checkNetworks(fields map[string]string) error {
	if t.Type != CredentialIMAP {
		return nil
	}
	if _, err := Networks(fields["networks"]); err != nil {
		return &FieldError{"networks", err.Error()}
	}
	return nil
}

// Check holds the fields of a credential against the schema. The schema's own
// words repeat what was given, which may be a secret: only the place is told.
func (t *CredentialType) Check(fields map[string]string) error {
	plain := make(map[string]any, len(fields))
	for name, value := range fields {
		plain[name] = value
	}
	err := t.schema.Validate(plain)
	if err == nil {
		if err := t.checkNetworks(fields); err != nil {
			return err
		}
		return t.checkKey(fields)
	}
	var s struct {
		Required   []string                   `json:"required"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(t.Fields, &s); err != nil {
		return err
	}
	for _, name := range s.Required {
		if _, given := fields[name]; !given {
			return &FieldError{name, fmt.Sprintf("a credential of type %s needs the field %q", t.Type, name)}
		}
	}
	for name := range fields {
		if _, known := s.Properties[name]; !known {
			return &FieldError{name, fmt.Sprintf("a credential of type %s has no field %q", t.Type, name)}
		}
	}
	var invalid *jsonschema.ValidationError
	if v, ok := err.(*jsonschema.ValidationError); ok { //nolint:errorlint // it isn't wrapped
		for invalid = v; len(invalid.Causes) > 0; {
			invalid = invalid.Causes[0]
		}
		if len(invalid.InstanceLocation) > 0 {
			name := invalid.InstanceLocation[0]
			return &FieldError{name, fmt.Sprintf("the field %q doesn't fit what the type %s asks for (%s)", name, t.Type, strings.Join(invalid.ErrorKind.KeywordPath(), "/"))}
		}
	}
	return &FieldError{"", fmt.Sprintf("the fields don't fit what the type %s asks for", t.Type)}
}
