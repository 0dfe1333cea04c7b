package egress

import (
	"bytes"
	"context"
	"net/http"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// send authorises one hop and sends it. Where an access token is no longer taken, it
// is sent once more with a new one: 401 says that nothing was done.
func (s *session) send(ctx context.Context, h *hop) (*http.Response, error) {
	if err := s.permit(h); err != nil {
		return nil, err
	}
	if h.credential == nil || h.credential.declared.Apply != applyOAuth {
		return s.sendOnce(ctx, h, "")
	}
	token, err := s.authorisation(ctx, h.credential, "")
	if err != nil {
		return nil, err
	}
	response, err := s.sendOnce(ctx, h, token)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	fresh, err := s.authorisation(ctx, h.credential, token)
	if err != nil {
		_ = response.Body.Close() // nobody reads it
		return nil, err
	}
	_ = response.Body.Close() // nobody reads it
	return s.sendOnce(ctx, h, fresh)
}

// sendOnce sends one hop that is permitted, with the access token of a credential
// that is applied as one.
func (s *session) sendOnce(ctx context.Context, h *hop, token string) (*http.Response, error) {
	body := h.body
	if h.credential != nil && h.credential.declared.Apply == applyForm {
		var err error
		if body, err = h.credential.form(h); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, h.method, h.target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, refuse(abi.ErrnoBadCall, "the request can't be made: %s", reason(err))
	}
	if err := s.setHeaders(r, h.headers); err != nil {
		return nil, err
	}
	switch {
	case token != "":
		r.Header.Set("Authorization", "Bearer "+token)
	case h.credential != nil:
		if err := h.credential.apply(ctx, r, h.body, s.broker.options.Now()); err != nil {
			return nil, err
		}
	}
	// An http.Client would read redirects, and put the whole address into errors.
	return s.client.RoundTrip(r)
}
