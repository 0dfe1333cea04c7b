// Package archive looks into archives and takes files out of them, within bounds that
// no archive can talk it out of.
package archive

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds that no input raises.
const (
	mostEntries = 10_000
	mostFiles   = 500      // taken out, each of which costs calls of the host
	mostBytes   = 48 << 20 // taken out in all
	mostNested  = 16 << 20 // of an archive inside another, which is held in memory
	mostDepth   = 3
	mostRatio   = 200     // of what is packed to what comes out
	freeBytes   = 1 << 20 // below this no ratio counts
)

// ListInput is the input of list.
type ListInput struct {
	File  sdk.Blob `json:"file" doc:"zip, tar, tar.gz or gz, by its content: base64, or what another step gave."`
	Limit int      `json:"limit" default:"1000" min:"1" max:"10000" doc:"At most so many entries."`
}

// ListOutput is the output of list.
type ListOutput struct {
	Format    string  `json:"format" enum:"zip,tar,tar.gz,gz"`
	Entries   []Entry `json:"entries" doc:"In the archive's order."`
	Count     int     `json:"count"`
	Size      int64   `json:"size" doc:"Bytes of all listed, as the archive declares them."`
	Truncated bool    `json:"truncated" doc:"There are more than the limit."`
}

// Entry is one entry of an archive.
type Entry struct {
	Name      string `json:"name" doc:"As it stands there."`
	Kind      string `json:"kind" enum:"file,folder,link,other"`
	Size      int64  `json:"size" doc:"As the archive declares it; -1 where it doesn't."`
	Packed    int64  `json:"packed,omitempty" doc:"How many bytes it takes in a zip."`
	Modified  string `json:"modified,omitempty" format:"date-time"`
	Encrypted bool   `json:"encrypted,omitempty"`
	// Unsafe names would lie outside the folder that an archive is unpacked to.
	Unsafe  bool   `json:"unsafe,omitempty" doc:"Its name leads out of the folder that it would be unpacked to."`
	Link    string `json:"link,omitempty" doc:"Where a link leads, which is never followed."`
	Archive bool   `json:"archive,omitempty" doc:"By its name, an archive itself."`
}

// ExtractInput is the input of extract.
type ExtractInput struct {
	File     sdk.Blob `json:"file" doc:"zip, tar, tar.gz or gz, by its content: base64, or what another step gave."`
	Names    []string `json:"names,omitempty" doc:"Only these, exactly or by a pattern such as *.docx; all where none is given."`
	Password string   `json:"password,omitempty" doc:"Of a zip with the old encryption, such as infected. It is an input like any other: put no secret here."`
	MaxFiles int      `json:"maxFiles" title:"Most files" default:"100" min:"1" max:"500"`
	MaxSize  int64    `json:"maxSize" title:"Most bytes" default:"33554432" min:"1" max:"50331648" doc:"Of all files."`
	MaxRatio int      `json:"maxRatio" title:"Most ratio" default:"100" min:"1" max:"200" doc:"So many times what is packed may come out of it, beyond the first MiB."`
	Depth    int      `json:"depth" default:"0" min:"0" max:"3" doc:"How deep archives inside it are opened; the files in them count as all others."`
}

// ExtractOutput is the output of extract.
type ExtractOutput struct {
	Format  string    `json:"format" enum:"zip,tar,tar.gz,gz"`
	Files   []File    `json:"files"`
	Skipped []Skipped `json:"skipped" doc:"What was left out, and why."`
	Size    int64     `json:"size" doc:"Bytes of all files."`
}

// File is one file that was taken out.
type File struct {
	Name   string   `json:"name" doc:"Its way in the archive, without what leads out of it; a file of an inner archive has that one's before it and ! between."`
	Size   int64    `json:"size"`
	SHA256 string   `json:"sha256" title:"SHA-256"`
	Data   sdk.Blob `json:"data" doc:"For actions that take a file."`
	Unsafe bool     `json:"unsafe,omitempty" doc:"Its name led out of the folder, and was changed."`
}

// Skipped is an entry that was left out.
type Skipped struct {
	Name string `json:"name"`
	Why  string `json:"why" enum:"link,encrypted,unsupported,other"`
}

// Connector makes the archive connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "archive", Version: "1.0.0", Name: "Archive", Icon: "archive", Category: "Data",
		Description: "Looks into zip, tar and gzip files, and takes files out of them, within bounds.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("list", sdk.ActionInfo{
		Name: "List an archive", Description: "Says what is in an archive, and what is odd about it. Nothing of a zip is unpacked for it.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 20 * time.Second, MemoryPages: 512, Examples: listExamples,
	}, list), sdk.Act("extract", sdk.ActionInfo{
		Name: "Extract files", Description: "Takes files out of an archive. One that would give more than the bounds say (files, bytes, ratio) is refused whole.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: time.Minute, MemoryPages: abi.MaxPages, Examples: extractExamples,
	}, extract))
}
