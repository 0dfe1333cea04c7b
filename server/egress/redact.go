package egress

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// redacted stands where a secret was echoed.
const redacted = "•••"

// minRedacted is the shortest secret that is looked for: shorter ones stand in
// texts by chance, and their removal would tell where.
const minRedacted = 4

// redactor takes secrets out of what comes back, in the forms that echoes have.
type redactor struct{ replace *strings.Replacer }

func newRedactor(secrets ...vault.Secret) redactor {
	var forms []string
	for _, s := range secrets {
		plain := s.Reveal()
		if len(plain) < minRedacted {
			continue
		}
		raw := []byte(plain)
		forms = append(forms, plain, url.QueryEscape(plain), url.PathEscape(plain), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)))
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			forms = append(forms, e.EncodeToString(raw))
		}
	}
	// The longest first: one form may begin with another.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range slices.Compact(forms) {
		pairs = append(pairs, f, redacted)
	}
	if len(pairs) == 0 {
		return redactor{}
	}
	return redactor{strings.NewReplacer(pairs...)}
}

func (r redactor) text(s string) string {
	if r.replace == nil {
		return s
	}
	return r.replace.Replace(s)
}
