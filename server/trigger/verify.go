package trigger

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // of senders that know no better; as an HMAC it holds
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// tolerance is how far a signed time may be from now, before and after: that of
// Standard Webhooks.
const tolerance = 5 * time.Minute

// verify says whether a delivery shows the secret. Replay names it where what the
// sender signed does; a delivery that comes again has the same.
func verify(h *flow.Hook, secret *vault.Opened, d *Delivery) (replay string, ok bool) {
	header := d.Header
	if header == nil {
		return "", false
	}
	switch h.Verify {
	case flow.VerifyBasic:
		pair := secret.Fields["username"] + ":" + secret.Values["password"].Reveal()
		return "", authorized(header("Authorization"), "basic", base64.StdEncoding.EncodeToString([]byte(pair)))
	case flow.VerifyBearer:
		return "", authorized(header("Authorization"), "bearer", secret.Values["token"].Reveal())
	}
	id := ""
	if h.Verify == flow.VerifyStandard {
		if id = header("Webhook-Id"); id == "" || len(id) > maxKey {
			return "", false
		}
	}
	stamp := ""
	if h.Signature.Timestamp != "" {
		if stamp = header(h.Signature.Timestamp); !recent(stamp, d.At) {
			return "", false
		}
	}
	given := header(h.Signature.Header)
	if !signedBy(&h.Signature, secret, given, content(h.Signature.Signed, id, stamp, d.Body)) {
		return "", false
	}
	switch {
	case id != "":
		return "id/" + id, true
	case stamp != "":
		// The same text signed at the same second is the same request again.
		sum := sha256.Sum256([]byte(stamp + "." + given))
		return "signature/" + hex.EncodeToString(sum[:]), true
	}
	return "", true
}

// authorized compares an Authorization header in a time that tells nothing of the secret.
func authorized(given, scheme, secret string) bool {
	word, value, _ := strings.Cut(given, " ")
	a, b := sha256.Sum256([]byte(strings.TrimSpace(value))), sha256.Sum256([]byte(secret))
	same := subtle.ConstantTimeCompare(a[:], b[:]) == 1
	return strings.EqualFold(word, scheme) && secret != "" && same
}

func recent(stamp string, now time.Time) bool {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return false
	}
	off := now.Sub(time.Unix(seconds, 0))
	return off <= tolerance && off >= -tolerance
}

// content is what is signed, in parts, so that a body of 32 MiB isn't copied.
func content(form, id, stamp string, body []byte) [3][]byte {
	before, after, _ := strings.Cut(form, "{body}")
	fill := strings.NewReplacer("{id}", id, "{timestamp}", stamp)
	return [3][]byte{[]byte(fill.Replace(before)), body, []byte(fill.Replace(after))}
}

// signedBy says whether one of the signatures given is made by the secret or the
// former one. Standard Webhooks lists several, with blanks between them.
func signedBy(s *flow.Signature, secret *vault.Opened, given string, parts [3][]byte) bool {
	ok := false
	for _, field := range []string{"secret", "former"} {
		value, has := secret.Values[field]
		if !has {
			continue
		}
		key, usable := keyOf(value.Reveal())
		if !usable {
			continue
		}
		mac := hmac.New(algorithm(s.Algorithm), key)
		for _, part := range parts {
			mac.Write(part)
		}
		want := mac.Sum(nil)
		for _, one := range strings.Fields(given) {
			text, prefixed := strings.CutPrefix(one, s.Prefix)
			if sum, err := decodeSum(s.Encoding, text); prefixed && err == nil && hmac.Equal(sum, want) {
				ok = true
			}
		}
	}
	return ok
}

// keyOf reads a secret: that of Standard Webhooks is whsec_ and base64, any other
// is the text itself.
func keyOf(secret string) ([]byte, bool) {
	encoded, standard := strings.CutPrefix(secret, "whsec_")
	if !standard {
		return []byte(secret), secret != ""
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	return key, err == nil && len(key) > 0
}

func algorithm(name string) func() hash.Hash {
	switch name {
	case "sha512":
		return sha512.New
	case "sha1":
		return sha1.New
	}
	return sha256.New
}

func decodeSum(encoding, text string) ([]byte, error) {
	if encoding == "base64" {
		return base64.StdEncoding.DecodeString(text)
	}
	return hex.DecodeString(text)
}

// concealFor is how long at least nothing is said of an address that starts
// nothing: longer than any of the ways takes that lead there.
const concealFor = 25 * time.Millisecond

// conceal lets all that starts nothing take the same time: the body is signed where
// it wasn't, and the answer waits for its moment.
func (h *Hooks) conceal(ctx context.Context, begun time.Time, d *Delivery) {
	mac := hmac.New(sha256.New, []byte("nobody's"))
	mac.Write(d.Body)
	mac.Sum(nil)
	timer := time.NewTimer(time.Until(begun.Add(concealFor)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.Until:
	case <-ctx.Done():
	}
}
