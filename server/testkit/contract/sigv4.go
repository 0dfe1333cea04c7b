package contract

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// awsKey is a pair of keys of AWS, as the stand-ins know it.
type awsKey struct{ id, secret string }

// signedBy says what is wrong with a request's signature, version 4, as AWS names it;
// "" is nothing. Made of the description of the scheme alone:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func (k awsKey) signedBy(r *http.Request, region, service string) string {
	rest, found := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	part := map[string]string{}
	for _, p := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		part[name] = value
	}
	scope := strings.Split(part["Credential"], "/")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	switch {
	case !found:
		return "AccessDenied"
	case len(scope) != 5 || scope[0] != k.id:
		return "InvalidAccessKeyId"
	case scope[2] != region || scope[3] != service || scope[4] != "aws4_request":
		return "AuthorizationHeaderMalformed"
	case err != nil || time.Since(at).Abs() > 15*time.Minute || at.Format("20060102") != scope[1]:
		return "RequestTimeTooSkewed"
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "IncompleteBody"
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	digest := sha256.Sum256(body)
	if r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(digest[:]) {
		return "XAmzContentSHA256Mismatch"
	}
	signed := strings.Split(part["SignedHeaders"], ";")
	if !slices.Contains(signed, "host") || !slices.Contains(signed, "x-amz-date") {
		return "AuthorizationHeaderMalformed"
	}
	request := sha256.Sum256([]byte(canonical(r, signed, hex.EncodeToString(digest[:]))))
	toSign := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + strings.Join(scope[1:], "/") + "\n" + hex.EncodeToString(request[:])
	key := []byte("AWS4" + k.secret)
	for _, step := range append(scope[1:], toSign) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(step))
		key = mac.Sum(nil)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(key)), []byte(part["Signature"])) {
		return "SignatureDoesNotMatch"
	}
	return ""
}

// canonical is the request in the one form that is signed.
func canonical(r *http.Request, signed []string, digest string) string {
	var query []string
	for name, values := range r.URL.Query() {
		for _, v := range values {
			query = append(query, awsEscape(name)+"="+awsEscape(v))
		}
	}
	slices.Sort(query)
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	lines := []string{r.Method, path, strings.Join(query, "&")}
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = r.Header.Get("Content-Length")
		}
		lines = append(lines, name+":"+strings.Join(strings.Fields(value), " "))
	}
	return strings.Join(append(lines, "", strings.Join(signed, ";"), digest), "\n")
}

func awsEscape(s string) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
}
