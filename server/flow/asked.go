package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of questions to people and of waiting.
const (
	// MaxAsked is how many names and roles one question names, and how many may have
	// to approve.
	MaxAsked = 100
	// MinRemind is the shortest time between two reminders.
	MinRemind = time.Minute
	// MaxWait is how long a step may wait.
	MaxWait = 10 * 365 * 24 * time.Hour
)

// WaitsTooLong says that a step would wait longer than MaxWait.
const WaitsTooLong = "a step waits ten years at most"

// RolePrefix marks a role among those who are asked.
const RolePrefix = "role:"

// ErrNobodyAsked says that a question names nobody.
var ErrNobodyAsked = errors.New("to names nobody: give users, or roles as role:responder")

// ParseAsked reads whom to ask: names, and roles as role:NAME; or {users, roles}. Each
// is given once. The error is [ErrNobodyAsked] where there is none.
func ParseAsked(v any) ([]string, error) {
	var to []string
	add := func(prefix string, v any) error {
		list, isList := v.([]any)
		if !isList && v != nil {
			list = []any{v}
		}
		for _, item := range list {
			name, text := item.(string)
			if name = strings.TrimSpace(name); !text || name == "" || name == RolePrefix {
				return errors.New("to must name users, or roles as role:responder, and holds something else")
			}
			if name = prefix + strings.TrimPrefix(name, prefix); !slices.Contains(to, name) {
				to = append(to, name)
			}
		}
		return nil
	}
	var err error
	if fields, both := v.(map[string]any); both {
		if err = add("", fields["users"]); err == nil {
			err = add(RolePrefix, fields["roles"])
		}
	} else {
		err = add("", v)
	}
	switch {
	case err != nil:
		return nil, err
	case len(to) == 0:
		return nil, ErrNobodyAsked
	case len(to) > MaxAsked:
		return nil, fmt.Errorf("to names more than %d", MaxAsked)
	}
	return to, nil
}
