package egress

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// secretWords are what names of headers, parameters and fields hold whose values are
// secret.
var secretWords = []string{"authorization", "cookie", "token", "secret", "password", "passwd", "apikey", "api-key", "api_key", "x-key", "signature", "credential"}

// SecretName says whether what bears a name is likely secret, such as the header
// Authorization or the parameter api_key.
func SecretName(name string) bool {
	lower := strings.ToLower(name)
	if lower == "key" || lower == "sig" || lower == "auth" {
		return true
	}
	for _, w := range secretWords {
		if strings.Contains(lower, w) {
			return true
		}
	}
	return false
}

// RedactRequest is a host call's request as it is kept: what a guest itself put
// where secrets are put is taken out. The same request gives the same bytes.
func RedactRequest(function string, raw []byte) json.RawMessage {
	switch function {
	case abi.HostHTTP:
		var in abi.HTTPRequest
		if json.Unmarshal(raw, &in) != nil {
			break
		}
		in.URL = redactURL(in.URL)
		for name, values := range in.Headers {
			if SecretName(name) {
				in.Headers[name] = make([]string, len(values))
				for i := range values {
					in.Headers[name][i] = redacted
				}
			}
		}
		in.Body, in.BodyBase64 = digested(in.Body), digested(in.BodyBase64)
		return encode(in)
	case abi.HostNetWrite:
		var in abi.NetRequest
		if json.Unmarshal(raw, &in) != nil {
			break
		}
		in.Data = digested(in.Data)
		return encode(in)
	case abi.HostKVPut:
		var in abi.KVRequest
		if json.Unmarshal(raw, &in) != nil {
			break
		}
		in.Value = keptAs(in.Value)
		if in.If != nil {
			in.If.Value = keptAs(in.If.Value)
		}
		return encode(in)
	}
	if !json.Valid(raw) {
		return encode("not JSON")
	}
	return append(json.RawMessage(nil), raw...)
}

// maxBody is the largest body of a request that is kept as it is.
const maxBody = 64 << 10

// digested keeps a large body by its digest, which is enough to know it again.
func digested(text string) string {
	if len(text) <= maxBody {
		return text
	}
	return digest(text) + ", " + strconv.Itoa(len(text)) + " bytes"
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func encode(v any) json.RawMessage {
	raw, _ := json.Marshal(v) // requests always have a JSON form
	return raw
}

func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "an address that can't be read"
	}
	u.User = nil
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, _, given := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); given && (err != nil || SecretName(plain)) {
			parts[i] = name + "=" + redacted
		}
	}
	u.RawQuery = strings.Join(parts, "&")
	return u.String()
}

// keptAs is a value that a connector keeps as people see it: it is its own and may be a
// token, so what it was is told by a digest alone.
func keptAs(value *string) *string {
	if value == nil {
		return nil
	}
	text := redacted + " " + digest(*value)
	return &text
}

// MatchRequest is the part of a kept request by which a recorded answer is found:
// what is asked, without the headers and the time-out, which another version of a
// connector may send otherwise; of what a connector keeps it is the key, because it may
// hold what stands for a secret where that was taken out.
func MatchRequest(function string, shown json.RawMessage) string {
	if function == abi.HostKVPut {
		var in abi.KVRequest
		if json.Unmarshal(shown, &in) == nil {
			in.Value, in.If = nil, nil
			return string(encode(in))
		}
	}
	if function != abi.HostHTTP {
		return hidden.Replace(string(shown))
	}
	var in abi.HTTPRequest
	if json.Unmarshal(shown, &in) != nil {
		return string(shown)
	}
	in.Headers, in.Timeout, in.Method, in.Credential = nil, "", method(in.Method), ""
	if body, err := base64.StdEncoding.DecodeString(in.BodyBase64); err == nil && utf8.Valid(body) {
		in.Body, in.BodyBase64 = in.Body+string(body), "" // one of them is empty
	}
	return hidden.Replace(string(encode(in)))
}

// NameRequest says in a few words what a kept request asks.
func NameRequest(function string, shown json.RawMessage) string {
	var in struct {
		Method, URL, Host, Key, Scheme string
		Port, Handle                   int
	}
	_ = json.Unmarshal(shown, &in) // what isn't there stays empty
	switch function {
	case abi.HostHTTP:
		return cut(method(in.Method)+" "+in.URL, maxShown)
	case abi.HostNetOpen:
		return cut("open a stream to "+in.Host+" port "+strconv.Itoa(in.Port), maxShown)
	case abi.HostSign:
		return cut(strings.TrimSpace("sign "+in.Scheme+" "+in.URL), maxShown)
	case abi.HostKVGet, abi.HostKVPut:
		return cut(function+" "+strconv.Quote(in.Key), maxShown)
	}
	return function + " " + strconv.Itoa(in.Handle)
}

// Redacted stands where a secret was taken out.
const Redacted = redacted

// SecretsOf are the texts that [RedactAnswer] takes out, the short ones left out.
func SecretsOf(function string, raw json.RawMessage) (list []string) {
	switch function {
	case abi.HostHTTP:
		var out abi.HTTPResponse
		if json.Unmarshal(raw, &out) != nil {
			return nil
		}
		if u, err := url.Parse(out.URL); err == nil {
			for name, values := range u.Query() {
				if SecretName(name) {
					list = append(list, values...)
				}
			}
		}
		for name, values := range out.Headers {
			if SecretName(name) {
				// Several are one text to some guests.
				list = append(list, append([]string{strings.Join(values, ", ")}, values...)...)
			}
		}
	case abi.HostKVGet:
		var out abi.KVResponse
		if json.Unmarshal(raw, &out) == nil && out.Value != nil {
			list = append(list, *out.Value)
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return len(s) < minRedacted })
}

// RedactAnswer is what a guest was told as people see it: without the values of
// headers that are secret, and without what connectors keep for themselves.
func RedactAnswer(function string, raw json.RawMessage) json.RawMessage {
	switch function {
	case abi.HostHTTP:
		var out abi.HTTPResponse
		if json.Unmarshal(raw, &out) != nil {
			return raw
		}
		changed := false
		for name, values := range out.Headers {
			if SecretName(name) {
				out.Headers[name], changed = []string{redacted}, changed || len(values) > 0
			}
		}
		if shown := redactURL(out.URL); out.URL != "" && shown != out.URL {
			out.URL, changed = shown, true
		}
		if changed {
			return encode(out)
		}
	case abi.HostKVGet:
		var out abi.KVResponse
		if json.Unmarshal(raw, &out) == nil && out.Value != nil {
			text := redacted
			out.Value = &text
			return encode(out)
		}
	}
	return raw
}
