package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

const (
	maxManifest   = 1 << 20
	maxConnectors = 64
)

// DecodeManifests reads the contents of a drawbridge.manifest section: one
// object, or a list where a module carries several connectors. Unknown and
// duplicate keys are errors. The manifests are decoded, not yet validated: see
// [ValidateManifest].
func DecodeManifests(raw []byte) ([]abi.Manifest, error) {
	if len(raw) > maxManifest {
		return nil, fmt.Errorf("manifest: has %d bytes, the limit is %d", len(raw), maxManifest)
	}
	if err := checkKeys(raw); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if raw = bytes.TrimSpace(raw); raw[0] != '[' {
		var one abi.Manifest
		err := decodeStrict(raw, &one)
		return []abi.Manifest{one}, err
	}
	var list []abi.Manifest
	if err := decodeStrict(raw, &list); err != nil {
		return nil, err
	}
	if len(list) == 0 || len(list) > maxConnectors {
		return nil, fmt.Errorf("manifest: the list has %d connectors, it must have 1 to %d", len(list), maxConnectors)
	}
	return list, nil
}

func decodeStrict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return nil
}

// ReadManifests answers the manifests of a connector file, each validated.
func ReadManifests(file []byte) ([]abi.Manifest, error) {
	sections, err := CustomSections(file)
	if err != nil {
		return nil, err
	}
	sections = slices.DeleteFunc(sections, func(s Section) bool { return s.Name != abi.ManifestSection })
	if len(sections) != 1 {
		return nil, fmt.Errorf("the module has %d sections %s, it must have one: build it with drawbridge plugin build", len(sections), abi.ManifestSection)
	}
	list, err := DecodeManifests(sections[0].Data)
	if err != nil {
		return nil, err
	}
	return list, ValidateManifests(list)
}

// ValidateManifests answers every fault of the manifests of one module, joined.
func ValidateManifests(list []abi.Manifest) error {
	var errs []error
	seen := map[string]bool{}
	for _, m := range list {
		errs = append(errs, ValidateManifest(m))
		if seen[m.ID] {
			errs = append(errs, fmt.Errorf("connector %s: its id stands twice in one module", m.ID))
		}
		seen[m.ID] = true
	}
	return errors.Join(errs...)
}

// ValidateManifest answers every fault of a manifest, joined, each beginning
// with the field it stands in.
func ValidateManifest(m abi.Manifest) error {
	_, err := compileManifest(m)
	return err
}
