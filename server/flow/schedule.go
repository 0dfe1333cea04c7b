package flow

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines that have no list of them

	"github.com/netresearch/go-cron"
)

// TypeSchedule is the trigger that fires by a clock.
const TypeSchedule = TriggerPrefix + "schedule"

// What becomes of the times at which no server ran.
const (
	MissedSkip = "skip" // nothing
	MissedOne  = "one"  // one run, for the last of them
	MissedAll  = "all"  // a run each
)

// maxJitter is how far a run may be moved from its time.
const maxJitter = 24 * time.Hour

// Schedule is when a trigger.schedule fires.
type Schedule struct {
	Missed string
	Jitter time.Duration
	zone   *time.Location
	times  cron.Schedule
	hourly bool // its hours aren't named one by one
}

// Slot is a time of a schedule, of one trigger of a published flow.
type Slot struct {
	Flow string
	Node string
	At   time.Time
	// Due is when its run begins: later by the jitter.
	Due time.Time
}

// ScheduleError says which parameter of a trigger.schedule is wrong.
type ScheduleError struct{ Field, Message string }

// Error implements the error interface.
func (e *ScheduleError) Error() string { return e.Field + ": " + e.Message }

// cronForm is what a schedule's expression is made of: minute, hour, day of the
// month, month, day of the week, with @daily and its like.
var cronForm = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// ParseSchedule reads the parameters of a trigger.schedule. The error is a
// [*ScheduleError].
func ParseSchedule(with map[string]any) (*Schedule, error) {
	s := &Schedule{Missed: MissedSkip, zone: time.UTC}
	spec, _ := with["cron"].(string)
	if spec = strings.TrimSpace(spec); spec == "" {
		return nil, &ScheduleError{"cron", "is needed: minute, hour, day of the month, month and day of the week, such as 0 8 * * 1-5"}
	}
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		return nil, &ScheduleError{"cron", "names a zone: that belongs into zone"}
	}
	var err error
	if s.times, err = cronForm.Parse(spec); err != nil {
		return nil, &ScheduleError{"cron", fmt.Sprintf("%q can't be read: %v", spec, err)}
	}
	fields := strings.Fields(spec)
	s.hourly = spec == "@hourly" || len(fields) > 1 && strings.HasPrefix(fields[1], "*")
	if name, _ := with["zone"].(string); name != "" {
		if s.zone, err = time.LoadLocation(name); err != nil || name == "Local" {
			return nil, &ScheduleError{"zone", fmt.Sprintf("there is no time zone %q: name one such as Europe/Berlin or UTC", name)}
		}
	}
	if missed, given := with["missed"].(string); given && missed != "" {
		s.Missed = missed
	}
	if text, _ := with["jitter"].(string); text != "" {
		if s.Jitter, err = ParseDuration(text); err != nil || s.Jitter > maxJitter {
			return nil, &ScheduleError{"jitter", fmt.Sprintf("%q is no duration of at most a day, such as 5m", text)}
		}
	}
	if s.Next(time.Now()).IsZero() {
		return nil, &ScheduleError{"cron", fmt.Sprintf("%q never comes: there is no such day", spec)}
	}
	return s, nil
}

// Next is the first time after another at which the schedule fires, on its zone's
// clock; zero where it never does. Where the clock is put forward, a time in the
// gap fires as long after the gap's begin as it stands in it. Where it is put back,
// a time of the hour that comes twice fires in the first, but in both where the
// hours are * or every few.
func (s *Schedule) Next(after time.Time) time.Time {
	next := s.times.Next(after.In(s.zone))
	for !next.IsZero() && !s.hourly && again(next) {
		next = s.times.Next(next)
	}
	if next.IsZero() {
		return next
	}
	return next.UTC()
}

// again says whether the clock has shown a time before, and was put back since.
func again(t time.Time) bool {
	_, now := t.Zone()
	_, before := t.Add(-3 * time.Hour).Zone()
	earlier := t.Add(-time.Duration(before-now) * time.Second)
	_, then := earlier.Zone()
	return before > now && then == before
}

// Moved is when the run of a time begins: later by at most the jitter, always the
// same for one flow, node and time.
func (s *Schedule) Moved(at time.Time, flow, node string) time.Time {
	if s.Jitter <= 0 {
		return at
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s/%d", flow, node, at.Unix())
	return at.Add(time.Duration(h.Sum64() % uint64(s.Jitter))).Truncate(time.Second)
}
