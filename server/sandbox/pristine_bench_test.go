package sandbox_test

import (
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// BenchmarkPristine measures a call in this process, without the trip to a child:
// pristine as it is, warm on an instance that is never put back, and fresh on an
// instance that is made for it.
func BenchmarkPristine(b *testing.B) {
	code, err := guestWasm()
	if err != nil {
		b.Fatal(err)
	}
	bare, err := sandbox.NewBare(b.Context(), code)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close(b.Context())
	input := request("count")
	b.Run("pristine", func(b *testing.B) {
		for b.Loop() {
			if _, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("warm", func(b *testing.B) {
		run, end, err := bare.Warm(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		defer end()
		for b.Loop() {
			if err := run(input); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reset", func(b *testing.B) {
		run, end, err := bare.Reset(b.Context(), input)
		if err != nil {
			b.Fatal(err)
		}
		defer end()
		for b.Loop() {
			if err := run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fresh", func(b *testing.B) {
		for b.Loop() {
			if _, err := bare.Fresh(b.Context(), abi.DefaultPages, time.Minute, input); err != nil {
				b.Fatal(err)
			}
		}
	})
}
