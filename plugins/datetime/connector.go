// Package datetime reads times as systems write them, moves and compares them, and
// writes them in the form that another system or a person wants.
package datetime

import (
	"strings"
	"time"
	_ "time/tzdata" // time zones: the sandbox has no files

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// ParseInput is the input of parse.
type ParseInput struct {
	Time  string `json:"time" example:"Thu, 02 Jan 2025 13:00:00 +0100" doc:"A time in any of the forms that the README lists, or now."`
	Zone  string `json:"zone" default:"UTC" doc:"Where the time is from, if it doesn't say so, and where it is given for: a name such as Europe/Berlin."`
	Order string `json:"order" enum:"dmy,mdy" default:"dmy" doc:"Of 03/04/2025: whether the day or the month is first."`
}

// Moment is a time in a zone.
type Moment struct {
	Time     string `json:"time" format:"date-time" doc:"In RFC 3339, in the zone."`
	UTC      string `json:"utc" title:"UTC" format:"date-time"`
	Unix     int64  `json:"unix" doc:"Seconds since 1970."`
	UnixMs   int64  `json:"unixMs" doc:"Milliseconds since 1970."`
	Date     string `json:"date" doc:"In the zone, such as 2025-01-02."`
	Weekday  string `json:"weekday" doc:"In the zone, such as Thursday."`
	Hour     int    `json:"hour" doc:"In the zone, from 0 to 23."`
	Week     string `json:"week" doc:"By ISO 8601, such as 2025-W01."`
	Zone     string `json:"zone" doc:"Its short name at that time, such as CET."`
	Offset   string `json:"offset" doc:"Such as +01:00."`
	Weekend  bool   `json:"weekend" doc:"Saturday or Sunday in the zone."`
	Form     string `json:"form,omitempty" doc:"Of parse: in which form the time was written."`
	Repeated bool   `json:"repeated,omitempty" doc:"The time on the clock comes twice on that day, because clocks go back; the first is meant."`
}

// FormatInput is the input of format.
type FormatInput struct {
	Time    string `json:"time" doc:"As parse reads it."`
	Zone    string `json:"zone" default:"UTC" doc:"Where it is given for, such as Europe/Berlin."`
	Form    string `json:"form" enum:"rfc3339,rfc1123,date,time,datetime,unix,unix_ms,filetime,ldap,pattern" default:"rfc3339"`
	Pattern string `json:"pattern,omitempty" example:"%d.%m.%Y %H:%M" doc:"Of pattern: as in strftime: %Y %m %d %H %M %S %y %b %B %a %A %j %I %p %f %Z %z %%."`
}

// FormatOutput is the output of format.
type FormatOutput struct {
	Text string `json:"text"`
}

// AddInput is the input of add.
type AddInput struct {
	Time   string `json:"time" doc:"As parse reads it."`
	Zone   string `json:"zone" default:"UTC" doc:"In whose calendar years, months and days are counted."`
	Years  int    `json:"years" default:"0" min:"-1000" max:"1000"`
	Months int    `json:"months" default:"0" min:"-12000" max:"12000" doc:"The 31st stays in its month: it becomes the last day of a shorter one."`
	Days   int    `json:"days" default:"0" min:"-400000" max:"400000" doc:"At the same time on the clock, also when clocks change in between."`
	By     string `json:"by,omitempty" example:"-36h" doc:"A duration, such as 90s, 36h or -30m, after the rest."`
}

// DifferenceInput is the input of difference.
type DifferenceInput struct {
	From string `json:"from" doc:"As parse reads it."`
	To   string `json:"to" doc:"As parse reads it; below zero is what is before from."`
	Zone string `json:"zone" default:"UTC" doc:"In which days are counted."`
}

// DifferenceOutput is the output of difference.
type DifferenceOutput struct {
	Seconds float64 `json:"seconds"`
	Minutes float64 `json:"minutes"`
	Hours   float64 `json:"hours"`
	Days    float64 `json:"days" doc:"Of 24 hours."`
	Dates   int     `json:"dates" doc:"How many midnights of the zone lie between."`
	Text    string  `json:"text" doc:"For people, such as 2d 3h 5m."`
}

// Connector makes the datetime connector.
func Connector() *sdk.Connector {
	act := func(name, description string, examples []sdk.Example) sdk.ActionInfo {
		return sdk.ActionInfo{Name: name, Description: description, Effect: abi.EffectNone, Idempotent: true, Examples: examples}
	}
	return sdk.NewConnector(sdk.Info{
		ID: "datetime", Version: "1.0.0", Name: "Date and time", Icon: "calendar", Category: "Data",
		Description: "Reads times as systems write them, moves and compares them, and writes them for others, in any time zone.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("parse", act("Read a time", "Reads a time in any common form and gives all that is known of it.", parseExamples), parse),
		sdk.Act("format", act("Write a time", "Writes a time in the form that another system or a person wants.", formatExamples), format),
		sdk.Act("add", act("Move a time", "Adds years, months, days and a duration to a time, by the calendar of a zone.", addExamples), add),
		sdk.Act("difference", act("Compare times", "Says how far two times are apart.", differenceExamples), difference))
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "local") {
		name = "UTC" // the sandbox is nowhere
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, sdk.BadInput("/zone", "%q is no time zone: name one of the IANA's, such as Europe/Berlin", name)
	}
	return zone, nil
}

func parse(c *sdk.Context, in ParseInput) (Moment, error) {
	t, form, err := readIn(c, "/time", in.Time, in.Zone, in.Order)
	if err != nil {
		return Moment{}, err
	}
	out := moment(t)
	out.Form = form
	return out, nil
}

// readIn reads a time for a zone.
func readIn(c *sdk.Context, at, text, zone, order string) (time.Time, string, error) {
	where, err := zoneOf(zone)
	if err != nil {
		return time.Time{}, "", err
	}
	t, form, ok := read(strings.TrimSpace(text), where, order == "mdy", c.Now())
	if !ok {
		return time.Time{}, "", sdk.BadInput(at, "%q is no time that can be read: write 2025-01-02T13:00:00Z, or see the README for other forms", clipped(text))
	}
	if t = t.In(where); t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, "", sdk.BadInput(at, "%q lies outside the years 1 to 9999", clipped(text))
	}
	return t, form, nil
}

func clipped(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

func format(c *sdk.Context, in FormatInput) (FormatOutput, error) {
	t, _, err := readIn(c, "/time", in.Time, in.Zone, "")
	if err != nil {
		return FormatOutput{}, err
	}
	if in.Form == "pattern" && in.Pattern == "" {
		return FormatOutput{}, sdk.BadInput("/pattern", "is needed where the form is pattern, such as %%Y-%%m-%%d")
	}
	text, err := write(t, in.Form, in.Pattern)
	return FormatOutput{Text: text}, err
}

func add(c *sdk.Context, in AddInput) (Moment, error) {
	t, _, err := readIn(c, "/time", in.Time, in.Zone, "")
	if err != nil {
		return Moment{}, err
	}
	t = addMonths(t, 12*in.Years+in.Months).AddDate(0, 0, in.Days)
	if in.By != "" {
		by, err := time.ParseDuration(strings.ReplaceAll(in.By, " ", ""))
		if err != nil {
			return Moment{}, sdk.BadInput("/by", "%q is no duration such as 90s, 36h or -30m", clipped(in.By))
		}
		t = t.Add(by)
	}
	if t.Year() < 1 || t.Year() > 9999 {
		return Moment{}, sdk.BadInput("", "the result lies outside the years 1 to 9999")
	}
	return moment(t), nil
}

// addMonths keeps to the month: January 31 and a month is the last of February.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, t.Location())
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, t.Location()).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
}

func difference(c *sdk.Context, in DifferenceInput) (DifferenceOutput, error) {
	from, _, err := readIn(c, "/from", in.From, in.Zone, "")
	if err != nil {
		return DifferenceOutput{}, err
	}
	to, _, err := readIn(c, "/to", in.To, in.Zone, "")
	if err != nil {
		return DifferenceOutput{}, err
	}
	seconds := float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9 // a Duration ends after 292 years
	midnight := func(t time.Time) int64 {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return DifferenceOutput{
		Seconds: seconds, Minutes: seconds / 60, Hours: seconds / 3600, Days: seconds / 86400,
		Dates: int(midnight(to) - midnight(from)), Text: spoken(seconds),
	}, nil
}
