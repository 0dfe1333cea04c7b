package egress

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // as Duo asks for
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var (
	sha1New   = sha1.New
	sha256New = sha256.New
	sha512New = sha512.New
)

func mac(h func() hash.Hash, key []byte, message string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(message))
	return m.Sum(nil)
}

func hexMAC(h func() hash.Hash, key []byte, message string) string {
	return hex.EncodeToString(mac(h, key, message))
}

// base64MAC is the HMAC-SHA256 in base64.
func base64MAC(key []byte, message string) string {
	return base64.StdEncoding.EncodeToString(mac(sha256New, key, message))
}

// webhookKey reads the secret of Standard Webhooks: base64, with whsec_ before it or
// without.
func webhookKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, refuse(abi.ErrnoDenied, "the credential's secret must be base64, with whsec_ before it or without")
	}
	return key, nil
}

// signRequest signs a request that was permitted.
func (a *applied) signRequest(scheme string, h *hop, now time.Time, nonce string) (*abi.SignResponse, error) {
	now = now.UTC()
	out := &abi.SignResponse{Timestamp: now.Unix()}
	path := cmp.Or(h.target.EscapedPath(), "/")
	switch scheme {
	case abi.SignDuoV2, abi.SignDuoV5:
		date := now.Format("Mon, 02 Jan 2006 15:04:05 -0000")
		lines, err := duoLines(scheme, h)
		if err != nil {
			return nil, err
		}
		algorithm := sha1New
		if scheme == abi.SignDuoV5 {
			algorithm = sha512New
		}
		message := strings.Join(append([]string{date, h.method, strings.ToLower(h.target.Host), path}, lines...), "\n")
		out.Signature = hexMAC(algorithm, []byte(a.field("secretKey")), message)
		pair := a.field("integrationKey") + ":" + out.Signature
		out.Headers = map[string]string{"Date": date, "Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}
	case abi.SignThreatConnect:
		at := strconv.FormatInt(now.Unix(), 10)
		out.Signature = base64MAC([]byte(a.field("secretKey")), withQuery(path, h.target)+":"+h.method+":"+at)
		out.Headers = map[string]string{"Timestamp": at, "Authorization": "TC " + a.field("accessId") + ":" + out.Signature}
	case abi.SignEdgeGrid:
		at := now.Format("20060102T15:04:05+0000")
		header := "EG1-HMAC-SHA256 client_token=" + a.field("clientToken") + ";access_token=" + a.field("accessToken") + ";timestamp=" + at + ";nonce=" + nonce + ";"
		message := strings.Join([]string{h.method, h.target.Scheme, strings.ToLower(h.target.Host), withQuery(path, h.target), "", edgeGridHash(h), header}, "\t")
		key := base64MAC([]byte(a.field("clientSecret")), at)
		out.Signature = base64MAC([]byte(key), message)
		out.Headers = map[string]string{"Authorization": header + "signature=" + out.Signature}
	default:
		return nil, refuse(abi.ErrnoDenied, "this version can't sign in the form %q", scheme)
	}
	for name, value := range out.Headers {
		if strings.ContainsAny(value, "\r\n\x00") {
			return nil, refuse(abi.ErrnoDenied, "the credential holds a line break, which the header %s can't carry", name)
		}
	}
	return out, nil
}

func withQuery(path string, u *url.URL) string {
	if u.RawQuery == "" {
		return path
	}
	return path + "?" + u.RawQuery
}

// maxEdgeGridBody is how much of a body EdgeGrid signs.
const maxEdgeGridBody = 128 << 10

// edgeGridHash is the digest of the body, which only POST has.
func edgeGridHash(h *hop) string {
	if h.method != http.MethodPost || len(h.body) == 0 {
		return ""
	}
	sum := sha256.Sum256(h.body[:min(len(h.body), maxEdgeGridBody)])
	return base64.StdEncoding.EncodeToString(sum[:])
}

// duoLines are those after the path: the parameters, and since version 5 the body's
// digest and that of the X-Duo headers, of which there are none. Parameters are the
// query's; those of a request with a body are its form's, in version 2.
func duoLines(scheme string, h *hop) ([]string, error) {
	inBody := h.method == http.MethodPost || h.method == http.MethodPut || h.method == http.MethodPatch
	switch {
	case inBody && h.target.RawQuery != "":
		return nil, refuse(abi.ErrnoBadCall, "Duo takes the parameters of %s in the body, and signs no query with it", h.method)
	case !inBody && len(h.body) > 0:
		return nil, refuse(abi.ErrnoBadCall, "Duo takes no body with %s", h.method)
	}
	text := h.target.RawQuery
	if inBody && scheme == abi.SignDuoV2 {
		text = string(h.body)
	}
	parameters, err := url.ParseQuery(text)
	if err != nil {
		return nil, refuse(abi.ErrnoBadCall, "the parameters aren't in the form of a query, which %s signs", scheme)
	}
	if scheme == abi.SignDuoV2 {
		return []string{duoParameters(parameters)}, nil
	}
	sum, none := sha512.Sum512(h.body), sha512.Sum512(nil)
	return []string{duoParameters(parameters), hex.EncodeToString(sum[:]), hex.EncodeToString(none[:])}, nil
}

// duoParameters writes parameters in the order and with the escapes of OAuth 1.0 (RFC
// 5849, section 3.4.1.3.2).
func duoParameters(parameters url.Values) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	var list [][2]string
	for name, values := range parameters {
		for _, v := range values {
			list = append(list, [2]string{escape(name), escape(v)})
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	var parts []string
	for _, p := range list {
		parts = append(parts, p[0]+"="+p[1])
	}
	return strings.Join(parts, "&")
}
