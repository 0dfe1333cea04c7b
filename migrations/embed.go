// Package migrations holds the numbered SQL that builds the database, one folder
// per dialect. A file that was released is never edited.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Dialect gives the migrations of one dialect: sqlite or postgres.
func Dialect(name string) (fs.FS, error) { return fs.Sub(files, name) }
