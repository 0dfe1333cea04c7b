//go:build wasip1

package sdk

import (
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// warm runs the first example of each action that only computes, so that what is
// made on first use (tables of charsets, plans of the JSON library) is in the
// image of memory that every call starts from. What comes out is no matter, and
// an action that reaches out of itself is left alone.
func warm(connectors []*Connector) {
	for _, c := range connectors {
		for i := range c.actions {
			a := &c.actions[i]
			if len(a.info.Examples) == 0 || (a.info.Effect != abi.EffectNone && a.info.Effect != "") {
				continue
			}
			request, err := marshal(abi.Request{
				Connector: c.ID(), Action: a.id, Input: mustJSON(a.info.Examples[0].Input),
				Run: abi.Run{Attempt: 1, DryRun: true},
			})
			if err == nil {
				// The sandbox says so where it ends badly.
				wasmHost{}.Progress(fmt.Sprintf("the example %q of %s.%s", a.info.Examples[0].Name, c.ID(), a.id))
				Handle(silentHost{}, request, connectors...)
			}
		}
	}
}

// silentHost is a Host that has nothing: no call may reach out while warming up.
type silentHost struct{}

func (silentHost) Log(Level, string)                   {}
func (silentHost) Progress(string)                     {}
func (silentHost) Now() time.Time                      { return time.Unix(0, 0).UTC() }
func (silentHost) Random([]byte) error                 { return Denied("not while warming up") }
func (silentHost) OpenBlob(string) (BlobReader, error) { return nil, ErrBlobNotFound }
func (silentHost) CreateBlob() (BlobWriter, error)     { return nil, Denied("not while warming up") }

func (silentHost) Call(string, []byte) ([]byte, error) { return nil, Denied("not while warming up") }
