package intel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// bundle is a STIX bundle, whose objects are kept byte by byte.
type bundle struct {
	Type    string            `json:"type"`
	ID      string            `json:"id"`
	Objects []json.RawMessage `json:"objects"`
}

// stixID is an identifier of STIX, or of a custom type: a type, two dashes, and a UUID.
var stixID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,249}--[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// tlps are the marking definitions of TLP 2.0 and, where they say the same, of TLP 1.
var tlps = map[string]string{
	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "clear", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
}

// thing is one object of a bundle with the fields that are read of it; what of these has
// another type than STIX gives it is left out.
type thing struct {
	fields map[string]any
	Object
	// said is its place in the report, as given there.
	said Finding
}

func (t *thing) text(field string) string {
	s, _ := t.fields[field].(string)
	return s
}

func (t *thing) texts(field string) []string {
	list, _ := t.fields[field].([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (t *thing) time(field string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, t.text(field))
	return at
}

func (t *thing) number(field string) (int, bool) {
	n, ok := t.fields[field].(float64)
	return int(n), ok && n == float64(int(n))
}

func (t *thing) kept(message string) { t.said.Outcome, t.said.Message = OutcomeKept, message }

// stixReader reads a bundle: first all objects, then what they say of indicators.
type stixReader struct {
	gathering
	source string
	things []*thing
	byID   map[string]*thing
	// made are the values of each indicator object, used are the objects that say something
	// of one.
	made map[string][]Observable
	used map[string]bool
}

func readSTIX(f *File, at time.Time) (*read, error) {
	if err := tooLarge(f); err != nil {
		return nil, err
	}
	objects, err := openBundle(f.Content)
	if err != nil {
		return nil, err
	}
	r := &stixReader{
		gathering: gathering{map[string]int{}, &read{}, at}, source: f.Source, byID: map[string]*thing{}, made: map[string][]Observable{}, used: map[string]bool{},
	}
	if r.source == "" {
		r.source = "STIX import"
	}
	for n, raw := range objects {
		r.open(n, raw)
	}
	for _, t := range r.things {
		if t.Type == "indicator" {
			r.indicator(t)
		}
	}
	for _, t := range r.things {
		switch t.Type {
		case "relationship":
			r.relationship(t)
		case "sighting":
			r.sighting(t)
		}
	}
	r.finish()
	return r.into, nil
}

// openBundle gives the objects of a bundle, or of a single object or a list.
func openBundle(data []byte) ([]json.RawMessage, error) {
	fail := func(message, fix string) error { return &FieldError{"file", message, fix} }
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !utf8.Valid(data) {
		return nil, fail("this isn't UTF-8", "save the file as UTF-8")
	}
	var b bundle
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		b.Type = "bundle"
		if err := json.Unmarshal(data, &b.Objects); err != nil {
			return nil, fail("this isn't JSON: "+err.Error(), "")
		}
	} else if err := json.Unmarshal(data, &b); err != nil {
		return nil, fail("this is no STIX bundle: "+err.Error(), `it is an object with "type": "bundle" and "objects"`)
	}
	if b.Type != "bundle" {
		if !stixID.MatchString(b.ID) {
			return nil, fail(fmt.Sprintf("this is no STIX bundle: its type is %q", b.Type), `it is an object with "type": "bundle" and "objects"`)
		}
		b.Objects = []json.RawMessage{data}
	}
	if len(b.Objects) > MaxObjects {
		return nil, fail(fmt.Sprintf("a bundle has at most %d objects, this one has %d", MaxObjects, len(b.Objects)), "import it in parts")
	}
	return b.Objects, nil
}

// open reads one object, or refuses it.
func (r *stixReader) open(n int, raw json.RawMessage) {
	t := &thing{}
	place := fmt.Sprintf("objects[%d]", n)
	refuse := func(message, fix string) {
		r.into.report.tell(Finding{place, t.Type, OutcomeRefused, message, fix})
	}
	if json.Unmarshal(raw, &t.fields) != nil || t.fields == nil {
		refuse("this is no object", "")
		return
	}
	id := t.text("id")
	if t.Type = t.text("type"); t.Type == "" {
		refuse("the object has no type", "")
		return
	}
	if id != "" {
		place = id
	}
	if !stixID.MatchString(id) {
		refuse("its id is none of STIX", "write it as TYPE--UUID")
		return
	}
	if !strings.HasPrefix(id, t.Type+"--") {
		refuse(fmt.Sprintf("its id is of another type than %s", t.Type), "")
		return
	}
	t.said = Finding{Place: id, Type: t.Type}
	t.Object = Object{Key: objectKey(id, t.text("modified"), raw), Type: t.Type, Content: raw}
	if other := r.byID[id]; other == nil || !t.time("modified").Before(other.time("modified")) {
		r.byID[id] = t // of several versions the newest is what the others refer to
	}
	r.things = append(r.things, t)
}

// objectKey tells an object from others, from versions of its own, and from one that says
// to be the same version and isn't.
func objectKey(id, version string, raw []byte) string {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		compact.Write(raw)
	}
	sum := sha256.Sum256(compact.Bytes())
	if len(version) > 40 {
		version = version[:40]
	}
	return strings.ToLower(id) + "@" + version + "@" + hex.EncodeToString(sum[:6])
}

// finish says of each object what became of it.
func (r *stixReader) finish() {
	keys := map[string]bool{}
	for _, t := range r.things {
		if t.said.Outcome == "" {
			if t.said.Outcome = OutcomeKept; r.used[t.said.Place] {
				t.said.Outcome = OutcomeModelled
			} else {
				t.said.Message = "nothing here says anything of an indicator by it: it is given back unchanged"
			}
		}
		r.into.report.tell(t.said)
		if !keys[t.Key] {
			keys[t.Key] = true
			r.into.objects = append(r.into.objects, t.Object)
		}
	}
}
