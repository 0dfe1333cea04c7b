// Package js is the SDK for connectors in JavaScript and TypeScript, as it is
// built into the program: its source, and what joins an author's files and it
// into one script, without Node.
package js

import (
	"embed"
	"io/fs"
)

//go:embed src types
var files embed.FS

// Source answers the SDK's source: its files, without the folder src.
func Source() fs.FS { return sub("src") }

// Types answers the declarations for an author's editor.
func Types() fs.FS { return sub("types") }

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name is constant and sound
	}
	return f
}
