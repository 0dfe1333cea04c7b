// Package designer carries the built browser app inside the binary.
package designer

import (
	"embed"
	"io/fs"
)

// dist holds what `npm run build` wrote; before the first build it holds only
// .gitkeep, so that the package always compiles.
//
//go:embed all:dist
var dist embed.FS

// FS is the root of the built app: index.html, theme.js and assets/. Before the
// first build it has no index.html.
var FS = mustSub(dist, "dist")

func mustSub(from fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(from, dir)
	if err != nil {
		panic("designer: the embedded folder is gone: " + err.Error())
	}
	return sub
}
