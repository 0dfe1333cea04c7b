package sandbox

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// abandonedAfter is when nobody works in a folder of unfinished code any more.
	abandonedAfter = 5 * compileWithin
	// forgottenAfter is when code goes that no start has used: of a version of a
	// connector, or of the runtime, that nobody has any more.
	forgottenAfter = 30 * 24 * time.Hour
	// engineFolders are those that the runtime makes for its versions.
	engineFolders = "wazero-*"
)

// tidy removes what interrupted compilations left, and code that nobody uses.
func (c *compiled) tidy() error {
	list, err := os.ReadDir(c.folder)
	if err != nil {
		return err
	}
	c.dropForgotten()
	for _, e := range list {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), "new-") {
			continue
		}
		// One that is younger may be another process's, which compiles into it.
		if info, err := e.Info(); err != nil || time.Since(info.ModTime()) < abandonedAfter {
			continue
		}
		if err := os.RemoveAll(filepath.Join(c.folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// dropForgotten removes marks that no start has used for long, and code without a mark.
// What can't be removed takes room and does no harm: a later start tries again.
func (c *compiled) dropForgotten() {
	named := map[string]bool{}
	marks, _ := filepath.Glob(filepath.Join(c.folder, "*.json")) // a pattern of ours
	for _, path := range marks {
		if old(path, forgottenAfter) {
			_ = os.Remove(path)
			continue
		}
		var m mark
		if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &m) == nil {
			named[filepath.Join(c.folder, m.File)] = true
		}
	}
	code, _ := filepath.Glob(filepath.Join(c.folder, engineFolders, "*")) // likewise
	for _, path := range code {
		// What is young may have its mark yet to come.
		if !named[path] && old(path, abandonedAfter) {
			_ = os.Remove(path)
		}
	}
}

// old says whether a file was last changed so long ago.
func old(path string, after time.Duration) bool {
	info, err := os.Stat(path)
	return err == nil && time.Since(info.ModTime()) >= after
}
