// Package views keeps what people pick and order lists by, under names: for themselves
// or for all.
package views

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Lists are those that have views.
var Lists = []string{"cases", "alerts", "runs"}

// Bounds of a view, and of how many a person has of a list, or all share.
const (
	MostViews  = 100
	maxName    = 100 // characters
	maxFilters = 30
	maxKey     = 40
	maxValue   = 2000
)

// View is what a list is picked and ordered by, under a name.
type View struct {
	ID   string
	List string
	Name string
	// Owner is the id of the person who made it, OwnerName how they are called.
	Owner, OwnerName string
	Shared           bool
	// Filter is what the list's address says, by its names there. What a list no longer
	// knows of it stays: whoever opens it says what that was.
	Filter           map[string]string
	Revision         int64
	Created, Updated time.Time
	UpdatedBy        string
}

// Input is what people give of a view.
type Input struct {
	Name   string
	Shared bool
	Filter map[string]string
}

// Errors that say everything themselves.
var (
	ErrNotFound = errors.New("there is no such view, or it is somebody else's")
	// ErrNotYours is for whoever may look at shared views and not make any.
	ErrNotYours = errors.New("your role doesn't allow you to make or change views that all share: keep one for yourself")
	ErrKept     = errors.New("it was shared by somebody else: only who made a view takes it back for themselves")
	ErrTaken    = errors.New("a view of that name is there already: choose another, or save over that one")
	ErrFull     = fmt.Errorf("there are %d views of this list already, which is the most: delete one", MostViews)
)

// ConflictError says that somebody else was first.
type ConflictError struct {
	Yours   int64
	Current View
}

// Error implements the error interface.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("the view is at revision %d, your change was made from %d", e.Current.Revision, e.Yours)
}

// InvalidError is what is wrong with a view, at a place of the request.
type InvalidError struct{ At, Reason string }

// Error implements the error interface.
func (e *InvalidError) Error() string { return strings.TrimPrefix(e.At, "/") + ": " + e.Reason }

// check trims the name, and holds the whole against the bounds.
func (in *Input) check() error {
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	switch n := utf8.RuneCountInString(in.Name); {
	case n == 0 || n > maxName:
		return &InvalidError{"/name", fmt.Sprintf("give it a name of 1 to %d characters", maxName)}
	case unreadable(in.Name):
		return &InvalidError{"/name", "it holds signs that can't be shown"}
	case len(in.Filter) > maxFilters:
		return &InvalidError{"/filter", fmt.Sprintf("it has %d fields, at most %d are kept", len(in.Filter), maxFilters)}
	}
	for key, value := range in.Filter {
		if key == "" || len(key) > maxKey || len(value) > maxValue || unreadable(key) || unreadable(value) {
			return &InvalidError{"/filter", fmt.Sprintf("a field has a name of at most %d and a value of at most %d bytes, which can be shown", maxKey, maxValue)}
		}
	}
	return nil
}

func unreadable(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)
}

func checkList(list string) error {
	if slices.Contains(Lists, list) {
		return nil
	}
	return &InvalidError{"/list", "it is one of " + strings.Join(Lists, ", ")}
}
