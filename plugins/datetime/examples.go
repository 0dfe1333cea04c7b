package datetime

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var parseExamples = []sdk.Example{{
	Name:  "the date of a mail, for an office in Berlin",
	Input: map[string]any{"time": "Thu, 2 Jan 2025 07:30:00 -0500 (EST)", "zone": "Europe/Berlin"},
	Output: map[string]any{
		"time": "2025-01-02T13:30:00+01:00", "utc": "2025-01-02T12:30:00Z", "unix": 1735821000, "weekday": "Thursday", "hour": 13,
		"week": "2025-W01", "zone": "CET", "offset": "+01:00", "weekend": false, "form": "rfc5322",
	},
}, {
	Name:   "a time of Active Directory",
	Input:  map[string]any{"time": "133802946000000000"},
	Output: map[string]any{"time": "2025-01-02T12:30:00Z", "form": "filetime"},
}, {
	Name:   "milliseconds",
	Input:  map[string]any{"time": "1735821000123"},
	Output: map[string]any{"time": "2025-01-02T12:30:00.123Z", "unix": 1735821000},
}, {
	Name:   "as Americans write it",
	Input:  map[string]any{"time": "7/4/2025 9:05 PM", "zone": "America/New_York", "order": "mdy"},
	Output: map[string]any{"time": "2025-07-04T21:05:00-04:00", "zone": "EDT"},
}, {
	Name:   "a web server's log",
	Input:  map[string]any{"time": "02/Jan/2025:13:30:00 +0100"},
	Output: map[string]any{"time": "2025-01-02T12:30:00Z", "form": "apache"},
}, {
	Name:  "no time",
	Input: map[string]any{"time": "soon"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}, {
	Name:  "no zone",
	Input: map[string]any{"time": "2025-01-02", "zone": "Mars/Base"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

var formatExamples = []sdk.Example{{
	Name:   "for a letter",
	Input:  map[string]any{"time": "2025-01-02T12:30:00Z", "zone": "Europe/Berlin", "form": "pattern", "pattern": "%d.%m.%Y, %H:%M %Z"},
	Output: map[string]any{"text": "02.01.2025, 13:30 CET"},
}, {
	Name:   "for Active Directory",
	Input:  map[string]any{"time": "2025-01-02T12:30:00Z", "form": "filetime"},
	Output: map[string]any{"text": "133802946000000000"},
}, {
	Name:  "a directive that isn't there",
	Input: map[string]any{"time": "2025-01-02", "form": "pattern", "pattern": "%Q"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

var addExamples = []sdk.Example{{
	Name:   "a month after the last of January",
	Input:  map[string]any{"time": "2025-01-31T09:00:00Z", "months": 1},
	Output: map[string]any{"time": "2025-02-28T09:00:00Z"},
}, {
	Name:   "a day over which clocks go forward",
	Input:  map[string]any{"time": "2025-03-29T09:00:00+01:00", "zone": "Europe/Berlin", "days": 1},
	Output: map[string]any{"time": "2025-03-30T09:00:00+02:00"},
}, {
	Name:   "hours before",
	Input:  map[string]any{"time": "2025-01-02T12:00:00Z", "by": "-36h"},
	Output: map[string]any{"time": "2025-01-01T00:00:00Z"},
}}

var differenceExamples = []sdk.Example{{
	Name:   "since an alert",
	Input:  map[string]any{"from": "2025-01-01T09:25:00Z", "to": "1735821000"},
	Output: map[string]any{"seconds": 97500, "days": 1.1284722222222223, "dates": 1, "text": "1d 3h 5m"},
}, {
	Name:   "before",
	Input:  map[string]any{"from": "2025-01-02", "to": "2025-01-01"},
	Output: map[string]any{"hours": -24, "dates": -1, "text": "-1d"},
}}
