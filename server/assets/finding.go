package assets

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Finding is a weakness of an asset.
type Finding struct {
	ID, Asset, AssetName string
	// CVE is its number, where it has one; Title says what it is.
	CVE, Title string
	Severity   string
	// CVSS is 0 to 10, EPSS 0 to 1; below 0 is not known.
	CVSS, EPSS float64
	// Exploited says that it is known to be exploited, as in CISA's catalog.
	Exploited   bool
	First, Last time.Time
	State       string
	Source      string
}

// Report is a finding as a scanner gives it. The same again, by its asset, its source and
// its CVE or else its title, changes that one.
type Report struct {
	// Asset is the id, the name or an identifier of the asset. One that isn't known
	// becomes a host of that name.
	Asset      string
	CVE, Title string
	Severity   string // found out of CVSS where it is empty
	CVSS, EPSS *float64
	Exploited  *bool
	// First and Last are when it was seen; zero is now.
	First, Last time.Time
	State       string // empty is open
	Source      string
}

var cveID = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)

// Key is what a report is known by within an asset.
func (r *Report) Key() string {
	if r.CVE != "" {
		return strings.ToLower(r.Source) + "\x00" + r.CVE
	}
	return strings.ToLower(r.Source) + "\x00\x00" + strings.ToLower(r.Title)
}

func (r *Report) check(at string, p *problems) {
	r.Asset, r.CVE, r.Title = strings.TrimSpace(r.Asset), strings.ToUpper(strings.TrimSpace(r.CVE)), strings.Join(strings.Fields(r.Title), " ")
	if r.Asset == "" || len(r.Asset) > maxName || strings.ContainsRune(r.Asset, 0) {
		p.add(at+"asset", "a finding is of an asset", "give its name, id, host name or address")
	}
	if r.CVE != "" && !cveID.MatchString(r.CVE) {
		p.add(at+"cve", fmt.Sprintf("%q is no CVE", r.CVE), "write it as CVE-2026-1234, or give a title instead")
	}
	if r.CVE == "" && r.Title == "" || len(r.Title) > maxText {
		p.add(at+"title", fmt.Sprintf("a finding has a CVE, or a title of at most %d bytes", maxText), "give one of the two")
	}
	if r.Severity = strings.ToLower(strings.TrimSpace(r.Severity)); r.Severity == "" {
		r.Severity = ofCVSS(r.CVSS)
	}
	if !slices.Contains(Severities, r.Severity) {
		p.add(at+"severity", fmt.Sprintf("%q is no severity", r.Severity), "use "+strings.Join(Severities, ", "))
	}
	if r.CVSS != nil && !(*r.CVSS >= 0 && *r.CVSS <= 10) {
		p.add(at+"cvss", "a CVSS score lies between 0 and 10", "")
	}
	if r.EPSS != nil && !(*r.EPSS >= 0 && *r.EPSS <= 1) {
		p.add(at+"epss", "an EPSS score lies between 0 and 1", "")
	}
	if r.State = strings.ToLower(strings.TrimSpace(r.State)); r.State == "" {
		r.State = Open
	}
	if !slices.Contains(States, r.State) {
		p.add(at+"state", fmt.Sprintf("%q is no state", r.State), "use "+strings.Join(States, ", "))
	}
	if len(r.Source) > maxName {
		p.add(at+"source", "this is too long", "")
	}
}

// ofCVSS is the severity of a score, as CVSS rates them
// (https://www.first.org/cvss/v3.1/specification-document, 5).
func ofCVSS(score *float64) string {
	switch {
	case score == nil:
		return "medium"
	case *score >= 9:
		return "critical"
	case *score >= 7:
		return "high"
	case *score >= 4:
		return "medium"
	case *score > 0:
		return "low"
	}
	return "info"
}

// Apply takes a report over. It was checked.
func (r *Report) Apply(f *Finding, at time.Time) {
	seen := func(t time.Time) time.Time {
		if t.IsZero() {
			return at
		}
		return t.UTC().Truncate(time.Microsecond)
	}
	f.CVE, f.Severity, f.State, f.Source = r.CVE, r.Severity, r.State, r.Source
	if r.Title != "" {
		f.Title = r.Title
	}
	if r.CVSS != nil {
		f.CVSS = *r.CVSS
	}
	if r.EPSS != nil {
		f.EPSS = *r.EPSS
	}
	if r.Exploited != nil {
		f.Exploited = *r.Exploited
	}
	if first := seen(r.First); f.First.IsZero() || first.Before(f.First) {
		f.First = first
	}
	if last := seen(r.Last); last.After(f.Last) {
		f.Last = last
	}
}

// Risk is what a finding's priority depends on.
func (f *Finding) Risk(a *Asset, exploited bool) *Risk {
	r := &Risk{Severity: f.CVSS, Confidence: 1, Criticality: a.Criticality, Exposed: a.Exposed, Exploited: f.Exploited || exploited, Probability: max(f.EPSS, 0)}
	if f.CVSS < 0 {
		r.Severity = SeverityScore(f.Severity)
	}
	return r
}
