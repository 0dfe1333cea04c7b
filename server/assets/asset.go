// Package assets knows what an organisation has: hosts, users, services and buckets, what
// they are worth, and which weaknesses scanners found in them.
package assets

import (
	"errors"
	"fmt"
	"math"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// What the fields of assets and findings can be.
var (
	Kinds       = []string{KindHost, "user", "service", "bucket"}
	Identifiers = []string{Hostname, IP, MAC, Mail, Cloud}
	Severities  = []string{"info", "low", "medium", "high", "critical"}
	States      = []string{Open, "fixed", "accepted", "false_positive"}
)

// Kinds, types of identifiers and states that are named here.
const (
	KindHost = "host"
	Hostname = "hostname"
	IP       = "ip"
	MAC      = "mac"
	Mail     = "mail"
	Cloud    = "cloud"
	Open     = "open"
	// shortName is the first part of a host's name.
	shortName = "short"
)

// Bounds.
const (
	MaxBatch       = 5_000 // of one import
	MaxIdentifiers = 100   // of one asset
	maxName        = 300   // characters
	maxText        = 2_000 // bytes
	maxTags        = 50
	maxProblems    = 100
	usualCritical  = 3
	maxHostname    = 253 // bytes
)

// Identifier is what an asset is recognised by.
type Identifier struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Asset is something that the organisation has.
type Asset struct {
	ID, Name, Kind, Owner string
	Identifiers           []Identifier
	// Criticality is 1 to 5.
	Criticality int
	// Value is what is lost with it, in Currency; 0 is not known.
	Value    float64
	Currency string
	// Exposed says that it can be reached from the internet.
	Exposed bool
	Tags    []string
	Source  string
	Created time.Time
	Updated time.Time
	// Findings are how many are open, Exploited how many of them are known to be exploited.
	Findings, Exploited int
}

// Change is an asset as somebody gives it. One of the same kind and name is changed, and
// what is nil or empty stays as it was.
type Change struct {
	Name, Kind  string
	Owner       *string
	Identifiers []Identifier // in the place of those that it has
	Criticality *int
	Value       *float64
	Currency    *string
	Exposed     *bool
	Tags        []string
	Source      string
}

// InvalidError lists what can't be taken, with places. Nothing was changed.
type InvalidError struct{ Problems []cases.FieldError }

// Error implements the error interface.
func (e *InvalidError) Error() string {
	list := make([]string, len(e.Problems))
	for i := range e.Problems {
		list[i] = e.Problems[i].Error()
	}
	return strings.Join(list, "; ")
}

type problems []cases.FieldError

func (p *problems) add(field, message, fix string) {
	if len(*p) < maxProblems {
		*p = append(*p, cases.FieldError{Field: field, Message: message, Fix: fix})
	}
}

// ErrNotFound says that there is no such asset.
var ErrNotFound = errors.New("there is no such asset")

// Apply takes a change over. It was checked.
func (c *Change) Apply(a *Asset, at time.Time) {
	a.Name, a.Kind, a.Updated = c.Name, c.Kind, at
	if c.Owner != nil {
		a.Owner = *c.Owner
	}
	if c.Identifiers != nil {
		a.Identifiers = c.Identifiers
	}
	if c.Criticality != nil {
		a.Criticality = *c.Criticality
	}
	if c.Value != nil {
		a.Value = *c.Value
	}
	if c.Currency != nil {
		a.Currency = *c.Currency
	}
	if c.Exposed != nil {
		a.Exposed = *c.Exposed
	}
	if c.Tags != nil {
		a.Tags = c.Tags
	}
	if c.Source != "" {
		a.Source = c.Source
	}
}

// NewAsset is what an asset is before anybody says more.
func NewAsset(id string, at time.Time) Asset {
	return Asset{ID: id, Criticality: usualCritical, Created: at, Tags: []string{}, Identifiers: []Identifier{}}
}

// check looks whether a change can be taken, and normalises it.
func (c *Change) check(at string, p *problems) {
	c.Name = strings.Join(strings.Fields(c.Name), " ")
	if c.Name == "" || utf8.RuneCountInString(c.Name) > maxName || strings.ContainsRune(c.Name, 0) {
		p.add(at+"name", fmt.Sprintf("an asset's name has 1 to %d characters", maxName), "name the host, user, service or bucket")
	}
	if c.Kind == "" {
		c.Kind = KindHost
	}
	if !slices.Contains(Kinds, c.Kind) {
		p.add(at+"kind", fmt.Sprintf("%q is no kind of assets", c.Kind), "use "+strings.Join(Kinds, ", "))
	}
	if c.Criticality != nil && (*c.Criticality < 1 || *c.Criticality > 5) {
		p.add(at+"criticality", "a criticality lies between 1 and 5", "1 is of no weight, 5 keeps the organisation going")
	}
	if c.Value != nil && !(*c.Value >= 0 && *c.Value <= 1e15) {
		p.add(at+"value", "a value is an amount of money, 0 or more", "")
	}
	if c.Currency != nil {
		upper := strings.ToUpper(strings.TrimSpace(*c.Currency))
		if c.Currency = &upper; len(upper) != 3 || strings.Trim(upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			p.add(at+"currency", fmt.Sprintf("%q is no currency", upper), "use three letters, such as EUR")
		}
	}
	if c.Owner != nil && len(*c.Owner) > maxText || len(c.Source) > maxText {
		p.add(at+"owner", "this is too long", "")
	}
	c.checkLists(at, p)
}

func (c *Change) checkLists(at string, p *problems) {
	if len(c.Identifiers) > MaxIdentifiers {
		p.add(at+"identifiers", fmt.Sprintf("an asset has at most %d identifiers", MaxIdentifiers), "")
		return
	}
	for i := range c.Identifiers {
		clean, why := c.Identifiers[i].normalise()
		if why != "" {
			p.add(fmt.Sprintf("%sidentifiers/%d", at, i), why, "correct it, or choose another type")
		}
		c.Identifiers[i] = clean
	}
	for i, tag := range c.Tags {
		clean, err := cases.Tag(tag)
		if err != nil || len(c.Tags) > maxTags {
			p.add(fmt.Sprintf("%stags/%d", at, i), fmt.Sprintf("%q is no tag", tag), "a tag is short and has no comma")
		}
		c.Tags[i] = clean
	}
}

// identifierTypes are the types of artifacts that identifiers are alike.
var identifierTypes = map[string]string{IP: cases.TypeIP, Hostname: cases.TypeHost, Mail: cases.TypeEmail}

func (i Identifier) normalise() (_ Identifier, why string) {
	i.Value = strings.TrimSpace(i.Value)
	switch kind, alike := identifierTypes[i.Type]; {
	case alike:
		a, err := cases.Normalise(kind, i.Value)
		if err != nil {
			return i, fmt.Sprintf("%q is no %s", i.Value, i.Type)
		}
		i.Value = a.Value
	case i.Type == MAC:
		mac, err := net.ParseMAC(i.Value)
		if err != nil {
			return i, fmt.Sprintf("%q is no MAC address", i.Value)
		}
		i.Value = mac.String()
	case i.Type == Cloud:
		if i.Value == "" || len(i.Value) > maxText || strings.ContainsRune(i.Value, 0) {
			return i, "a cloud id says something"
		}
	default:
		return i, fmt.Sprintf("%q is no type of identifiers: use %s", i.Type, strings.Join(Identifiers, ", "))
	}
	return i, ""
}

// KnownBy lists what an asset is recognised by: its identifiers, and its name as hosts and
// users are called by. A host is also called by the first part of its names, as others may be:
// that isn't enough to find and change one, nor for what alerts score.
func (a *Asset) KnownBy() []Identifier {
	list := slices.Clone(a.Identifiers)
	for _, kind := range map[string][]string{KindHost: {Hostname}, "user": {"user"}, "service": {Hostname}, "bucket": {Cloud}}[a.Kind] {
		list = append(list, Identifier{kind, strings.ToLower(strings.TrimSuffix(a.Name, "."))})
	}
	if a.Kind != KindHost {
		return list
	}
	for _, i := range list {
		if whole := wholeName.FindStringSubmatch(i.Value); i.Type == Hostname && whole != nil && len(i.Value) <= maxHostname {
			list = append(list, Identifier{shortName, whole[1]})
		}
	}
	return list
}

// wholeName is the name of a host with its domain. One whose first part is a number isn't
// called by that.
var wholeName = regexp.MustCompile(`^([a-z0-9_-]*[a-z_][a-z0-9_-]*)(?:\.[a-z0-9_-]+)+$`)

// IdentifierOf is what an artifact may be an identifier of: false where of none.
func IdentifierOf(a *cases.Artifact) (Identifier, bool) {
	kind, ok := map[string]string{
		cases.TypeIP: IP, cases.TypeHost: Hostname, cases.TypeDomain: Hostname, cases.TypeEmail: Mail, cases.TypeUser: "user", cases.TypeOther: Cloud,
	}[a.Type]
	return Identifier{kind, a.Value}, ok
}

// ArtifactsOf are the artifacts by which alerts and cases may name an asset.
func ArtifactsOf(a *Asset) (list []cases.Artifact) {
	for _, i := range a.KnownBy() {
		for _, kind := range []string{cases.TypeIP, cases.TypeHost, cases.TypeDomain, cases.TypeEmail, cases.TypeUser, cases.TypeOther} {
			one := cases.Artifact{Type: kind, Value: i.Value}
			if known, _ := IdentifierOf(&one); known.Type == i.Type {
				list = append(list, one)
			}
		}
	}
	return list
}

// cents rounds money and points to hundredths, as the connector risk does.
func cents(n float64) float64 { return math.Round(n*100) / 100 }
