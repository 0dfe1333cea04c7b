package codec

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"unicode/utf16"

	"golang.org/x/net/html"
)

var decoders = map[string]func([]byte) ([]byte, error){
	"base64": fromBase64, "hex": fromHex,
	"url": func(b []byte) ([]byte, error) { return fromURL(b, url.PathUnescape) },
	"form": func(b []byte) ([]byte, error) {
		return fromURL(b, url.QueryUnescape)
	},
	"html": func(b []byte) ([]byte, error) { return []byte(html.UnescapeString(string(b))), nil },
	"quoted-printable": func(b []byte) ([]byte, error) {
		out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(b)))
		if err != nil {
			err = fmt.Errorf("isn't quoted-printable: %w", err)
		}
		return out, err
	},
	"gzip": fromGzip, "utf-16le": fromUTF16,
}

var encoders = map[string]func([]byte) ([]byte, error){
	"base64":    func(b []byte) ([]byte, error) { return base64.StdEncoding.AppendEncode(nil, b), nil },
	"base64url": func(b []byte) ([]byte, error) { return base64.RawURLEncoding.AppendEncode(nil, b), nil },
	"hex":       func(b []byte) ([]byte, error) { return hex.AppendEncode(nil, b), nil },
	"url": func(b []byte) ([]byte, error) {
		return []byte(strings.ReplaceAll(url.QueryEscape(string(b)), "+", "%20")), nil
	},
	"form": func(b []byte) ([]byte, error) { return []byte(url.QueryEscape(string(b))), nil },
	"html": func(b []byte) ([]byte, error) { return []byte(html.EscapeString(string(b))), nil },
	"quoted-printable": func(b []byte) ([]byte, error) {
		var out bytes.Buffer
		w := quotedprintable.NewWriter(&out)
		w.Binary = true // line ends stay what they are
		_, err := w.Write(b)
		err = errors.Join(err, w.Close()) // before what was written is taken
		return out.Bytes(), err
	},
	"gzip": func(b []byte) ([]byte, error) {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, err := w.Write(b)
		err = errors.Join(err, w.Close())
		return out.Bytes(), err
	},
	"utf-16le": func(b []byte) ([]byte, error) {
		var out []byte
		for _, unit := range utf16.Encode([]rune(string(b))) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return out, nil
	},
}

// fromBase64 reads either alphabet, with padding or without, across line breaks.
func fromBase64(b []byte) ([]byte, error) {
	text := strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "", " ", "", "\t", "").Replace(string(b))
	out, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("isn't base64: %w", err)
	}
	return out, nil
}

// fromHex reads digits, also with 0x or \x before and white space, commas or colons between them.
func fromHex(b []byte) ([]byte, error) {
	text := strings.NewReplacer("0x", "", "0X", "", `\x`, "", "\n", "", "\r", "", " ", "", "\t", "", ":", "", ",", "").Replace(string(b))
	out, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("isn't hex: %w", err)
	}
	return out, nil
}

func fromURL(b []byte, unescape func(string) (string, error)) ([]byte, error) {
	out, err := unescape(string(b))
	if err != nil {
		return nil, fmt.Errorf("isn't escaped as in an address: %w", err)
	}
	return []byte(out), nil
}

// fromGzip reads at most one byte more than is let through.
func fromGzip(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("isn't gzip: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(r, mostOutput+1))
	if err != nil {
		return nil, fmt.Errorf("isn't sound gzip: %w", err)
	}
	return out, nil
}

func fromUTF16(b []byte) ([]byte, error) {
	if len(b)%2 != 0 {
		return nil, fmt.Errorf("isn't UTF-16: it has an odd number of bytes, %d", len(b))
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return []byte(string(utf16.Decode(units))), nil
}

func writing(value []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(value)
		return err
	}
}
