package egress

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// sign answers the host function sign. Where the call has no credential, that is the
// error; what is refused for another reason is in the answer.
func (s *session) sign(ctx context.Context, raw []byte) ([]byte, error) {
	var in abi.SignRequest
	if err := decodeRequest(raw, &in); err != nil {
		return nil, err
	}
	began := time.Now()
	what := cut(in.Scheme, maxMethod)
	if in.URL != "" {
		what += " " + cut(method(in.Method), maxMethod) + " " + s.shownURL(in.URL)
	}
	out, err := s.signature(ctx, &in)
	record := Record{Function: abi.HostSign, What: "sign " + what, Outcome: "signed"}
	if err != nil {
		out = &abi.SignResponse{Error: s.explain(ctx, err)}
		record.Outcome = cut(out.Error.Code+": "+out.Error.Message, maxShown)
	}
	record.Duration = time.Since(began)
	s.records = append(s.records, record)
	if s.caller.Credential == nil {
		return nil, err
	}
	return json.Marshal(out)
}

func (s *session) signature(ctx context.Context, in *abi.SignRequest) (*abi.SignResponse, error) {
	c := s.caller.Credential
	if c == nil {
		return nil, refuse(abi.ErrnoDenied, "the step names no credential to sign with: choose one in the node's settings")
	}
	if !slices.Contains(c.Type.Sign, in.Scheme) {
		return nil, refuse(abi.ErrnoDenied, "connector %s may not sign in the form %q with credentials of the type %s: its manifest doesn't ask for it", s.caller.Connector, cut(in.Scheme, maxMethod), c.Type.Type)
	}
	scheme, known := catalog.FindSignScheme(in.Scheme)
	if !known {
		return nil, refuse(abi.ErrnoDenied, "this version can't sign in the form %q", in.Scheme)
	}
	a, err := s.openCredential(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, refuse(abi.ErrnoBadCall, "the request names no credential: give the handle of the call's")
	}
	if err := a.signable(scheme); err != nil {
		return nil, err
	}
	body, err := s.requestBody(ctx, in.Body, in.BodyBase64, in.BodyBlob)
	if err != nil {
		return nil, err
	}
	if err := fitsScheme(in, body); err != nil {
		return nil, err
	}
	now := s.broker.options.Now()
	if !scheme.Requests {
		return a.signWebhook(in, body, now)
	}
	if in.ID != "" {
		return nil, refuse(abi.ErrnoBadCall, "%s signs a request, which has no id", in.Scheme)
	}
	h, err := s.signedHop(in, a, body)
	if err != nil {
		return nil, err
	}
	if in.Scheme == abi.SignJWT || in.Scheme == abi.SignStepRenew {
		if err := s.tokenFits(h); err != nil {
			return nil, err
		}
		return a.signToken(in, h, now, uuid.NewString())
	}
	return a.signRequest(in.Scheme, h, now, uuid.NewString())
}

// signable refuses to sign where guests would be told what is secret. A manifest that
// asks for it isn't accepted, but another connector's may call a field secret that
// this one's doesn't, and both have the same credentials.
func (a *applied) signable(scheme catalog.SignScheme) error {
	for _, name := range scheme.Fields {
		if _, secret := a.credential.Values[name]; secret {
			return refuse(abi.ErrnoDenied, "the credential's field %q is secret, and signing in the form %s shows it to the connector: no installed connector that declares the type %s may call it secret; then save the credential again", name, scheme.Name, a.declared.Type)
		}
	}
	return nil
}

// signedHop is the request that is to be signed. It must be one that the connector
// could send with the credential itself: a signature for any other would be worth
// something to somebody else.
func (s *session) signedHop(in *abi.SignRequest, a *applied, body []byte) (*hop, error) {
	if !slices.Contains(catalog.Methods, method(in.Method)) {
		return nil, refuse(abi.ErrnoBadCall, "the method %q is none of %s", cut(in.Method, maxMethod), strings.Join(catalog.Methods, ", "))
	}
	target, err := readURL(in.URL)
	if err != nil {
		return nil, err
	}
	h := &hop{method: method(in.Method), target: target, body: body, credential: a}
	return h, s.permit(h)
}

// messageID is an id of a webhook. What it may hold keeps the message of one scheme
// from being that of another.
var messageID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func (a *applied) signWebhook(in *abi.SignRequest, body []byte, now time.Time) (*abi.SignResponse, error) {
	if in.URL != "" || in.Method != "" {
		return nil, refuse(abi.ErrnoBadCall, "%s signs a message, which has no method and no address", in.Scheme)
	}
	at := strconv.FormatInt(now.Unix(), 10)
	out := &abi.SignResponse{Timestamp: now.Unix()}
	if in.Scheme == abi.SignSlackV0 {
		if in.ID != "" {
			return nil, refuse(abi.ErrnoBadCall, "messages in the form %s have no id", in.Scheme)
		}
		out.Signature = "v0=" + hexMAC(sha256New, []byte(a.field("secret")), "v0:"+at+":"+string(body))
		out.Headers = map[string]string{"X-Slack-Request-Timestamp": at, "X-Slack-Signature": out.Signature}
		return out, nil
	}
	if !messageID.MatchString(in.ID) {
		return nil, refuse(abi.ErrnoBadCall, "the id of a message has 1 to 256 letters, digits, _ and -")
	}
	key, err := webhookKey(a.field("secret"))
	if err != nil {
		return nil, err
	}
	out.Signature = "v1," + base64MAC(key, in.ID+"."+at+"."+string(body))
	out.Headers = map[string]string{"webhook-id": in.ID, "webhook-timestamp": at, "webhook-signature": out.Signature}
	return out, nil
}
