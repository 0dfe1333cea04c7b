package catalog

import (
	"regexp"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// pathPattern is a path that every server reads alike: nothing in it is escaped, empty or
// a parameter.
var pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

func plainPrefix(prefix string) bool {
	return prefix == "" || pathPattern.MatchString(prefix) && !strings.Contains(prefix, "..") && !strings.Contains(prefix+"/", "/./")
}

// beneath says whether a prefix allows all that another does.
func beneath(prefix, other string) bool {
	return prefix == "" || other == prefix || strings.HasPrefix(other, prefix+"/")
}

// covers says whether a capability that was consented to allows all that another asks for.
func covers(had, asks abi.HTTPCapability) bool {
	return had.Host == asks.Host && beneath(had.PathPrefix, asks.PathPrefix) &&
		(len(had.Methods) == 0 || len(asks.Methods) > 0 && within(asks.Methods, had.Methods))
}

// within says whether a list holds nothing that another lacks.
func within(list, other []string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(other, s) })
}
