package flow

import (
	"strconv"
	"strings"
)

// upgraders turn a file of format version i+1 into one of version i+2. There has
// been one version so far; the first entry comes with the second.
var upgraders []func(root *value)

// upgrade brings a root of a known older format up to [Format], in place.
func upgrade(root *value, format string) *syntaxError {
	number, ours := strings.CutPrefix(format, "drawbridge.flow/")
	version, err := strconv.Atoi(number)
	current := len(upgraders) + 1
	switch {
	case !ours || err != nil || version < 1:
		return &syntaxError{
			code: "format.unknown", message: strconv.Quote(format) + " is not a flow file's format",
			fix: `flow files begin with "format": "` + Format + `"; other systems' files go through drawbridge convert`,
		}
	case version > current:
		return &syntaxError{
			code: "format.newer", message: "the file has the format " + format + ", this version reads up to " + Format,
			fix: "upgrade Drawbridge, or export the flow from the newer server in the older format",
		}
	}
	for _, step := range upgraders[version-1:] {
		step(root)
	}
	return nil
}
