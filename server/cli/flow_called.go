package cli

import (
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/drawbridge-soar/drawbridge/flows"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// flowSuffix ends the names of flow files.
const flowSuffix = ".flow.json"

// flowsIn finds flows by their id: in a folder, else in the bundled library. A file
// that can't be read as a flow is no one's; those of the folder are read once.
func flowsIn(folder string) func(id string) (*flow.Document, error) {
	known := sync.OnceValues(func() (map[string]*flow.Document, error) {
		found := map[string]*flow.Document{}
		library, err := fs.Sub(flows.Library, "library")
		if err != nil {
			return nil, err
		}
		if err := gather(library, found); err != nil || folder == "" {
			return found, err
		}
		return found, gather(os.DirFS(folder), found)
	})
	return func(id string) (*flow.Document, error) {
		all, err := known()
		return all[strings.ToLower(id)], err
	}
}

func gather(from fs.FS, into map[string]*flow.Document) error {
	names, err := fs.Glob(from, "*"+flowSuffix)
	if err != nil {
		return err
	}
	for _, name := range names {
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		if d, problems := flow.Decode(content); d != nil && d.ID != "" && !problems.Failed() {
			into[strings.ToLower(d.ID)] = d
		}
	}
	return nil
}
