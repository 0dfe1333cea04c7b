package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"regexp"
	"testing"
)

// longest is how many lines a file may have: more belong to several topics.
const longest = 400

var (
	source = regexp.MustCompile(`\.(?:go|tsx?|rs)$`)
	// Tests are tables more often than not, and what is generated nobody reads.
	unbound   = regexp.MustCompile(`_test\.go$|\.test\.tsx?$|\.gen\.ts$|^designer/test/`)
	elsewhere = regexp.MustCompile(`(?:^|/)(?:node_modules|dist|target|bin|vendor|testdata|\.[^/]+)$`)
)

// TestFilesAreShort holds the rule that a file has one topic, by its length.
func TestFilesAreShort(t *testing.T) {
	looked := 0
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && elsewhere.MatchString(path):
			return fs.SkipDir
		case d.IsDir(), !source.MatchString(path), unbound.MatchString(path):
			return nil
		}
		content, err := fs.ReadFile(root, path)
		looked++
		if lines := bytes.Count(content, []byte("\n")); lines > longest {
			t.Errorf("%s has %d lines, %d are the most: split it by topic", path, lines, longest)
		}
		return err
	})
	if err != nil || looked < 500 {
		t.Errorf("%d files were looked at: %v", looked, err)
	}
}
