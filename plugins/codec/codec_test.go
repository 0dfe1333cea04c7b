package codec

import (
	"bytes"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// TestRoundTrip decodes what was encoded, for every step that both know.
func TestRoundTrip(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, value := range [][]byte{nil, []byte("Zoë & <b> 100% a+b=c\r\n"), all} {
		for name, encode := range encoders {
			decode, known := decoders[name]
			if !known || name == "utf-16le" && len(value) == 256 { // it holds texts alone
				continue
			}
			if name == "html" || name == "quoted-printable" {
				value = bytes.ToValidUTF8(bytes.ReplaceAll(value, []byte{0}, nil), nil) // texts as well
				value = bytes.ReplaceAll(value, []byte("\n"), []byte("\r\n"))
				value = bytes.ReplaceAll(value, []byte("\r\r\n"), []byte("\r\n"))
			}
			wrapped, err := encode(value)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := decode(wrapped); err != nil || !bytes.Equal(got, value) {
				t.Errorf("%s: %q became %q (%v)", name, value, got, err)
			}
		}
	}
}

// TestBombIsRefused unpacks no more than the bound.
func TestBombIsRefused(t *testing.T) {
	bomb, err := encoders["gzip"](make([]byte, 60<<20))
	if err != nil {
		t.Fatal(err)
	}
	h := sdktest.NewHost()
	got := sdktest.Run(t, Connector(), "decode", map[string]any{"data": h.PutBlob(bomb), "steps": []string{"gzip"}}, sdktest.WithHost(h))
	if got.Error == nil || got.Error.Code != abi.CodeTooLarge {
		t.Errorf("%v", got.Error)
	}
}
