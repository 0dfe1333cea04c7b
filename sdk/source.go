//go:build !wasip1

package sdk

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

//go:embed *.go abi/*.go sdktest/*.go
var source embed.FS

// Source answers the files of this SDK, by their paths below the folder sdk, for
// `drawbridge plugin new`: a connector's folder has a copy and so builds offline.
// Tests aren't in it, nor what needs the server's own packages.
func Source() (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(source, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(name, "_test.go") || name == "sdktest/sandbox.go" {
			return err
		}
		files[path.Join("sdk", name)], err = source.ReadFile(name)
		return err
	})
	return files, err
}
