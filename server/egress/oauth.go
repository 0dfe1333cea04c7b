package egress

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// applyOAuth is how credentials are applied that access tokens are fetched with.
const applyOAuth = "oauth2ClientCredentials"

// Bounds of access tokens.
const (
	maxTokenAnswer = 64 << 10
	maxKeptTokens  = 1000             // that are kept
	tokenMargin    = 30 * time.Second // before its end a token is no longer sent
	unknownLife    = time.Minute      // of a token whose end isn't told
)

// tokens keeps access tokens, for as long as they hold. They are in memory alone.
type tokens struct {
	mu   sync.Mutex
	kept map[string]*token
}

// token is what one client was given at one place. Its lock is held while it is
// fetched, so that calls at the same time ask once.
type token struct {
	lock  chan struct{}
	value string
	until time.Time
}

// slot answers the place of a token, which stays empty until one is fetched.
func (t *tokens) slot(key string) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.kept[key]
	if found == nil {
		if t.kept == nil || len(t.kept) >= maxKeptTokens {
			t.kept = map[string]*token{}
		}
		found = &token{lock: make(chan struct{}, 1)}
		t.kept[key] = found
	}
	return found
}

// authorisation gives the access token that a request is sent with; refused is one
// that the other side didn't take, "" where none was tried. The guest sees neither.
func (s *session) authorisation(ctx context.Context, a *applied, refused string) (string, error) {
	address := a.value("{tokenUrl}")
	form, err := a.tokenForm()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{s.caller.Connector, a.credential.ID, address, a.field("clientId"), a.field("clientSecret"), form.Encode()}, "\x00")))
	slot := s.broker.tokens.slot(hex.EncodeToString(sum[:]))
	select {
	case slot.lock <- struct{}{}:
		defer func() { <-slot.lock }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	now := s.broker.options.Now()
	if slot.value == "" || slot.value == refused || !now.Before(slot.until) {
		slot.value = ""
		value, life, err := s.fetchToken(ctx, a, address, form)
		if err != nil {
			return "", err
		}
		slot.value, slot.until = value, now.Add(life)
	}
	// Its echo is taken out of answers as that of the secrets is.
	a.redact = newRedactor(append(secretsOf(a.credential), slot.value), append(a.sent(), "Bearer "+slot.value))
	return slot.value, nil
}

// tokenForm is what a token is asked for by (RFC 6749, section 4.4.2).
func (a *applied) tokenForm() (url.Values, error) {
	if a.field("clientId") == "" || a.field("clientSecret") == "" {
		return nil, refuse(abi.ErrnoDenied, "the credential %s has no clientId, or no clientSecret", a.credential.Name)
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	for _, name := range []string{"scope", "audience", "resource"} {
		if v := a.field(name); v != "" {
			form.Set(name, v)
		}
	}
	return form, nil
}

// fetchToken asks for a token. That is a request of the connector's: it is granted,
// the credential must be for that host, and the run's records have it.
func (s *session) fetchToken(ctx context.Context, a *applied, address string, form url.Values) (value string, life time.Duration, err error) {
	target, err := readURL(address)
	if err != nil {
		return "", 0, err
	}
	began := time.Now()
	defer func() {
		record := Record{Function: abi.HostHTTP, What: "POST " + s.shownURL(address), Outcome: "200, an access token", Duration: time.Since(began)}
		if err != nil {
			record.Outcome = cut(s.explain(ctx, err).Message, maxShown)
		}
		s.records = append(s.records, record)
	}()
	h := &hop{method: http.MethodPost, target: target, credential: a}
	if err := s.permit(h); err != nil {
		return "", 0, err
	}
	r, err := a.tokenRequest(ctx, target, form)
	if err != nil {
		return "", 0, err
	}
	response, err := s.client.RoundTrip(r)
	if err != nil {
		return "", 0, err
	}
	defer response.Body.Close() //nolint:errcheck // only read from
	body, err := io.ReadAll(io.LimitReader(response.Body, maxTokenAnswer))
	if err != nil {
		return "", 0, err
	}
	return readToken(target.Host, response.StatusCode, body)
}

// tokenRequest shows the client in a header, or in the body where the credential says
// so: not all servers read both.
func (a *applied) tokenRequest(ctx context.Context, target *url.URL, form url.Values) (*http.Request, error) {
	inBody := a.field("clientAuth") == "body"
	sent := maps.Clone(form)
	if inBody {
		sent.Set("client_id", a.field("clientId"))
		sent.Set("client_secret", a.field("clientSecret"))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(sent.Encode()))
	if err != nil {
		return nil, refuse(abi.ErrnoBadCall, "the request for a token can't be made: %s", reason(err))
	}
	r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}, "User-Agent": {"Drawbridge"}}
	if !inBody { // each part is escaped first: RFC 6749, section 2.3.1
		r.SetBasicAuth(url.QueryEscape(a.field("clientId")), url.QueryEscape(a.field("clientSecret")))
	}
	return r, nil
}

// readToken reads what was answered (RFC 6749, section 5).
func readToken(host string, status int, body []byte) (string, time.Duration, error) {
	var answer struct {
		AccessToken string          `json:"access_token"`
		TokenType   string          `json:"token_type"`
		ExpiresIn   json.RawMessage `json:"expires_in"`
		Error       string          `json:"error"`
		Description string          `json:"error_description"`
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case status >= 500 || status == http.StatusTooManyRequests:
		return "", 0, fmt.Errorf("%s gave no access token: it answered %d", host, status)
	case status != http.StatusOK && status != http.StatusCreated || answer.Error != "":
		why := strings.Trim(cmp.Or(answer.Error, "without a reason")+": "+answer.Description, ": ")
		return "", 0, refuse(abi.ErrnoDenied, "%s gave no access token: it answered %d, %s", host, status, why)
	case err != nil || answer.AccessToken == "" || !validToken(answer.AccessToken):
		return "", 0, refuse(abi.ErrnoDenied, "%s answered without an access token: is it the address of tokens?", host)
	case answer.TokenType != "" && !strings.EqualFold(answer.TokenType, "bearer"):
		return "", 0, refuse(abi.ErrnoDenied, "%s gave an access token of the type %q, and bearer is sent", host, answer.TokenType)
	}
	return answer.AccessToken, lifeOf(answer.ExpiresIn), nil
}

// validToken says whether a header can carry a token.
func validToken(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// lifeOf is how long a token is sent, by the seconds that it holds, which some write
// as a text.
func lifeOf(raw json.RawMessage) time.Duration {
	seconds, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || seconds <= 0 {
		return unknownLife
	}
	life := time.Duration(min(seconds, 365*24*3600) * float64(time.Second))
	if life > 2*tokenMargin {
		return life - tokenMargin
	}
	return life / 2
}
