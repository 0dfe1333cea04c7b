//go:build !unix

package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrLocked says that another server works on the data folder.
var ErrLocked = errors.New("another server works on this data folder")

// lock takes the data folder for one server. Where the system has no locks that
// end with their process, the file itself is the lock.
func lock(folder string) (release func() error, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	name := filepath.Join(folder, "lock")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: remove %s if none does", ErrLocked, name)
	}
	return func() error { return errors.Join(f.Close(), os.Remove(name)) }, nil
}
