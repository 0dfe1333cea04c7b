package sandbox

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// harden takes from this process whatever it could do beyond computing and
// talking over the sockets it has: it may read the folder of compiled code (write
// to it too, where it compiles), start threads, and that is all. Where the kernel
// has no Landlock, the filter of system calls alone keeps files away, and with
// them the folder.
func harden(cache string, writes bool) error {
	if _, err := pagemap(); err != nil {
		return fmt.Errorf("open the map of its own pages: %w", err)
	}
	confined, err := confine(cache, writes)
	if err != nil {
		return err
	}
	return filterCalls(confined && cache != "", writes)
}

// confine leaves the folder of compiled code alone of all files, and no network.
// It reports whether the kernel could.
func confine(cache string, writes bool) (bool, error) {
	if !HasLandlock() {
		return false, nil
	}
	var rules []landlock.Rule
	switch {
	case cache != "" && writes:
		rules = append(rules, landlock.RWDirs(cache))
	case cache != "":
		rules = append(rules, landlock.RODirs(cache))
	}
	if err := landlock.V6.BestEffort().Restrict(rules...); err != nil {
		return false, fmt.Errorf("confine itself with Landlock: %w", err)
	}
	return true, nil
}

// HasLandlock says whether the kernel can confine a process to folders.
func HasLandlock() bool {
	const versionOnly = 1
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, versionOnly)
	return errno == 0 && v >= 1
}
