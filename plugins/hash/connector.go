// Package hash makes digests of texts and files.
package hash

import (
	"crypto/md5"  //nolint:gosec // indicators are known by it
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"io"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// most is how much one call reads: four digests of it take some 4 s of the processor.
const most = 64 << 20

// Input is the input of digest: one of the two.
type Input struct {
	Text       sdk.Text `json:"text,omitempty" media:"text/plain" doc:"A text, of whose UTF-8 the digest is made."`
	Data       sdk.Blob `json:"data,omitempty" title:"File" doc:"A file: base64, or what another step gave. At most 64 MiB."`
	Algorithms []string `json:"algorithms,omitempty" enum:"md5,sha1,sha256,sha512" doc:"Which digests; MD5, SHA-1 and SHA-256 where none is given."`
}

// Output is the output of digest, in lower-case hex.
type Output struct {
	MD5    string `json:"md5,omitempty" title:"MD5"`
	SHA1   string `json:"sha1,omitempty" title:"SHA-1"`
	SHA256 string `json:"sha256,omitempty" title:"SHA-256"`
	SHA512 string `json:"sha512,omitempty" title:"SHA-512"`
	Size   int64  `json:"size" doc:"How many bytes were read."`
}

// Connector makes the hash connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "hash", Version: "1.0.0", Name: "Hash", Icon: "hash", Category: "Data",
		Description: "Makes digests of texts and files.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("digest", sdk.ActionInfo{
		Name: "Digest", Description: "Makes the MD5, SHA-1, SHA-256 and SHA-512 of a text or a file, which is read piece by piece.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 30 * time.Second, Examples: examples,
	}, digest))
}

var examples = []sdk.Example{{
	Name:  "a text",
	Input: map[string]any{"text": "abc"},
	Output: map[string]any{
		"md5": "900150983cd24fb0d6963f7d28e17f72", "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
		"sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "size": 3,
	},
}, {
	Name:  "a file, by one algorithm",
	Input: map[string]any{"data": "TVqQAA==", "algorithms": []string{"sha512"}},
	Output: map[string]any{
		"sha512": "bcdde1625364dd6dd143b45bdcec8d59cf8982aff33790d390b839f3869e0e815684568b14b555a596d616252aeeaa98dac2e6e551c9095ea11a575ff25ff84f", "size": 4,
	},
}, {
	Name:  "both",
	Input: map[string]any{"text": "abc", "data": "TVqQAA=="},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

func digest(_ *sdk.Context, in Input) (Output, error) {
	open, size := in.Text.Open, in.Text.Size()
	if !in.Data.IsZero() {
		if !in.Text.IsZero() {
			return Output{}, sdk.BadInput("/data", "give a text or a file, not both")
		}
		open, size = in.Data.Open, in.Data.Size()
	}
	if size > most {
		return Output{}, sdk.TooLarge("there are %d bytes, at most %d are read", size, most)
	}
	if len(in.Algorithms) == 0 {
		in.Algorithms = []string{"md5", "sha1", "sha256"}
	}
	out := Output{}
	making, results := map[string]hash.Hash{}, map[string]*string{"md5": &out.MD5, "sha1": &out.SHA1, "sha256": &out.SHA256, "sha512": &out.SHA512}
	makers := map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}
	var into []io.Writer
	for _, name := range in.Algorithms {
		if making[name] == nil {
			making[name] = makers[name]()
			into = append(into, making[name])
		}
	}
	r, err := open()
	if err != nil {
		return Output{}, err
	}
	defer r.Close() //nolint:errcheck // read only
	if out.Size, err = io.CopyBuffer(io.MultiWriter(into...), r, make([]byte, 256<<10)); err != nil {
		return Output{}, err
	}
	for name, h := range making {
		*results[name] = hex.EncodeToString(h.Sum(nil))
	}
	return out, nil
}
