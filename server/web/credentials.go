package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// CredentialType is a type of credential that a connector declares.
type CredentialType struct {
	Type      string          `json:"type"`
	Connector string          `json:"connector"`
	Apply     string          `json:"apply" doc:"How the server puts it into requests"`
	Sign      []string        `json:"sign" doc:"The forms in which it signs"`
	Fields    json.RawMessage `json:"fields" doc:"JSON Schema"`
	Secret    []string        `json:"secret" doc:"Fields that can't be read back"`
}

// Credential is what aliases of flows are bound to, without its secrets.
type Credential struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	Hosts     []string          `json:"hosts" doc:"The hosts that it may be sent to, or sign for"`
	Fields    map[string]string `json:"fields" doc:"What may be read back"`
	Secrets   []string          `json:"secrets" doc:"The secret fields that are set"`
	Revision  int64             `json:"revision" doc:"Give it as If-Match of a change"`
	CreatedAt time.Time         `json:"createdAt"`
	UpdatedAt time.Time         `json:"updatedAt"`
	UpdatedBy string            `json:"updatedBy"`
	Bound     bool              `json:"bound" doc:"A flow is bound to it, so that authors may use it"`
}

// NewCredential is a credential with its values, which can't be read back.
type NewCredential struct {
	Name   string            `json:"name" minLength:"1" maxLength:"200"`
	Type   string            `json:"type" maxLength:"100"`
	Hosts  []string          `json:"hosts" minItems:"1" maxItems:"64"`
	Fields map[string]string `json:"fields" doc:"All fields; of a change, secret ones that are left out stay"`
}

// Bindings say which credential each alias of a flow is on this server.
type Bindings struct {
	Bindings map[string]string `json:"bindings" doc:"Alias to credential id"`
}

// Rebinding says it of some aliases; the others stay as they are.
type Rebinding struct {
	Bindings map[string]*string `json:"bindings" doc:"Alias to credential id, or to null where it is to be none"`
}

type createCredential struct{ Body NewCredential }

type oneCredential struct {
	ETag string `header:"ETag"`
	Body Credential
}

type updateCredential struct {
	ByID
	IfMatch string `header:"If-Match" doc:"The revision that the change was made from; without it, whatever others changed meanwhile"`
	Body    NewCredential
}

type bindFlow struct {
	ByID
	Body Bindings
}

type rebindFlow struct {
	ByID
	Body Rebinding
}

func (s *Server) credentialRoutes() {
	route(s, needs(auth.CredentialRead), operation{method: "GET", path: "/credential-types", id: "listCredentialTypes", summary: "What credentials the installed connectors use"}, s.credentialTypes)
	route(s, needs(auth.CredentialRead), operation{method: "GET", path: "/credentials", id: "listCredentials", summary: "Credentials, without their secrets"}, s.credentials)
	route(s, needs(auth.CredentialManage), operation{method: "POST", path: "/credentials", id: "createCredential", summary: "Keep a credential", status: 201, errors: []int{409, 422}}, s.createCredential)
	route(s, needs(auth.CredentialRead), operation{method: "GET", path: "/credentials/{id}", id: "getCredential", summary: "A credential, without its secrets", errors: []int{404}}, s.credential)
	route(s, needs(auth.CredentialManage), operation{method: "PUT", path: "/credentials/{id}", id: "updateCredential", summary: "Change a credential", errors: []int{404, 409, 422}}, s.updateCredential)
	route(s, needs(auth.CredentialManage), operation{method: "DELETE", path: "/credentials/{id}", id: "deleteCredential", summary: "Remove a credential that no flow is bound to", status: 204, errors: []int{404, 409}}, s.deleteCredential)
	route(s, needs(auth.CredentialManage), operation{method: "POST", path: "/vault/rotate", id: "rotateVault", summary: "Seal all secrets under a new key, and forget the old ones", status: 204}, s.rotateVault)
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/credentials", id: "getBindings", summary: "Which credential each alias of a flow is here", errors: []int{404}}, s.bindings)
	route(s, needs(auth.CredentialManage), operation{method: "PUT", path: "/flows/{id}/credentials", id: "saveBindings", summary: "Say which credential each alias of a flow is here", errors: []int{404, 422}}, s.saveBindings)
	route(s, needs(auth.CredentialManage), operation{method: "PATCH", path: "/flows/{id}/credentials", id: "changeBindings", summary: "Say of some aliases of a flow which credential each is here", errors: []int{404, 422}}, s.changeBindings)
}

func (s *Server) credentialTypes(context.Context, *none) (*body[List[CredentialType]], error) {
	list := List[CredentialType]{Items: []CredentialType{}}
	for _, t := range s.Grants.CredentialTypes() {
		list.Items = append(list.Items, CredentialType{t.Type, t.Connector, t.Apply, nonNil(t.Sign), t.Fields, nonNil(t.Secret)})
	}
	return answer(list), nil
}

func credentialOf(c *vault.Credential, bound []string) Credential {
	fields := c.Fields
	if fields == nil {
		fields = map[string]string{}
	}
	return Credential{c.ID, c.Name, c.Type, nonNil(c.Hosts), fields, nonNil(c.Secrets), c.Version, c.Created, c.Updated, c.UpdatedBy, slices.Contains(bound, c.ID)}
}

func (s *Server) credentials(ctx context.Context, _ *none) (*body[List[Credential]], error) {
	all, err := s.Credentials.List(ctx)
	if err != nil {
		return nil, err
	}
	bound, err := s.Uses.BoundCredentials(ctx)
	if err != nil {
		return nil, err
	}
	list := List[Credential]{Items: make([]Credential, len(all))}
	for i := range all {
		list.Items[i] = credentialOf(&all[i], bound)
	}
	return answer(list), nil
}

func (s *Server) credential(ctx context.Context, in *ByID) (*oneCredential, error) {
	c, err := s.Credentials.Get(ctx, in.ID)
	return s.showCredential(ctx, &c, err)
}

// showCredential answers a credential that was found or kept.
func (s *Server) showCredential(ctx context.Context, c *vault.Credential, err error) (*oneCredential, error) {
	if err != nil {
		return nil, err
	}
	bound, err := s.Uses.BoundCredentials(ctx)
	return &oneCredential{etag(c.Version), credentialOf(c, bound)}, err
}

// inputOf sorts the fields of a request into what may be read back and what not,
// and holds all of them, with the secrets that stay, against the type.
func inputOf(b *NewCredential, t *catalog.CredentialType, stays map[string]vault.Secret) (vault.Input, error) {
	in := vault.Input{Name: b.Name, Type: b.Type, Hosts: b.Hosts, Fields: map[string]string{}, Secrets: map[string]vault.Secret{}}
	all := map[string]string{}
	for field, value := range stays {
		all[field] = value.Reveal()
	}
	for field, value := range b.Fields {
		all[field] = value
		if _, wasSecret := stays[field]; wasSecret || t.IsSecret(field) {
			in.Secrets[field] = vault.NewSecret(value)
		} else {
			in.Fields[field] = value
		}
	}
	return in, t.Check(all)
}

func (s *Server) typeOf(name string) (*catalog.CredentialType, error) {
	t, known := s.Grants.CredentialType(name)
	if !known {
		var have []string
		for _, t := range s.Grants.CredentialTypes() {
			have = append(have, t.Type)
		}
		return nil, problemAt(http.StatusUnprocessableEntity, "credential.type", "/type",
			"no installed connector uses credentials of the type "+name+"; there are "+strings.Join(have, ", "))
	}
	return &t, nil
}

func (s *Server) createCredential(ctx context.Context, in *createCredential) (*oneCredential, error) {
	t, err := s.typeOf(in.Body.Type)
	if err != nil {
		return nil, err
	}
	input, err := inputOf(&in.Body, t, nil)
	if err != nil {
		return nil, err
	}
	c, err := s.Credentials.Create(ctx, input, identityFrom(ctx).Actor.Name)
	return s.showCredential(ctx, &c, err)
}

func (s *Server) updateCredential(ctx context.Context, in *updateCredential) (*oneCredential, error) {
	base, err := ifMatchGiven(in.IfMatch, 0)
	if err != nil {
		return nil, err
	}
	// From reading the revision until the next one is kept.
	s.credentialWrites.Lock()
	defer s.credentialWrites.Unlock()
	old, err := s.Credentials.Open(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if base != 0 && base != old.Version {
		return nil, s.credentialChanged(ctx, base, &old.Credential)
	}
	if in.Body.Type != old.Type {
		return nil, problemAt(http.StatusUnprocessableEntity, "credential.type", "/type", "the type stays "+old.Type+": make another credential")
	}
	t, err := s.typeOf(old.Type)
	if err != nil {
		return nil, err
	}
	input, err := inputOf(&in.Body, t, old.Values)
	if err != nil {
		return nil, err
	}
	c, err := s.Credentials.Update(ctx, in.ID, input, identityFrom(ctx).Actor.Name)
	return s.showCredential(ctx, &c, err)
}

// credentialChanged says that somebody else changed a credential since, with what it
// is now.
func (s *Server) credentialChanged(ctx context.Context, base int64, now *vault.Credential) error {
	shown, err := s.showCredential(ctx, now, nil)
	if err != nil {
		return err
	}
	p := problem(http.StatusConflict, fmt.Sprintf("the credential is at revision %d, your change was made from %d", now.Version, base))
	p.Yours, p.Current, p.Credential, p.UpdatedBy, p.UpdatedAt = base, now.Version, &shown.Body, now.UpdatedBy, now.Updated
	return p
}

func (s *Server) deleteCredential(ctx context.Context, in *ByID) (*none, error) {
	return &none{}, s.Credentials.Delete(ctx, in.ID)
}

func (s *Server) rotateVault(ctx context.Context, _ *none) (*none, error) {
	return &none{}, s.Credentials.Rotate(ctx, identityFrom(ctx).Actor.Name)
}

func (s *Server) bindings(ctx context.Context, in *ByID) (*body[Bindings], error) {
	if _, err := s.Library.Draft(ctx, in.ID); err != nil {
		return nil, err
	}
	return showBindings(s.Credentials.Bindings(ctx, in.ID))
}

func showBindings(list []vault.Binding, err error) (*body[Bindings], error) {
	if err != nil {
		return nil, err
	}
	out := Bindings{Bindings: map[string]string{}}
	for _, b := range list {
		out.Bindings[b.Alias] = b.Credential
	}
	return answer(out), nil
}

func (s *Server) saveBindings(ctx context.Context, in *bindFlow) (*body[Bindings], error) {
	to := make(map[string]*string, len(in.Body.Bindings))
	for alias, id := range in.Body.Bindings {
		to[alias] = &id
	}
	return s.bind(ctx, in.ID, to, true)
}

// changeBindings leaves alone what it doesn't name, such as aliases that only a version uses
// which is live or has runs at work.
func (s *Server) changeBindings(ctx context.Context, in *rebindFlow) (*body[Bindings], error) {
	return s.bind(ctx, in.ID, in.Body.Bindings, false)
}

// bind binds aliases of a flow's draft; those that are to be nil are unbound, also where the
// draft no longer has them.
func (s *Server) bind(ctx context.Context, flow string, to map[string]*string, all bool) (*body[Bindings], error) {
	was, err := s.Credentials.Bindings(ctx, flow)
	if err != nil {
		return nil, err
	}
	draft, err := s.Library.Draft(ctx, flow)
	if err != nil {
		return nil, err
	}
	d, err := decode(draft.Content)
	if err != nil {
		return nil, err
	}
	change := vault.Rebinding{All: all}
	for _, alias := range slices.Sorted(maps.Keys(to)) {
		declared, known := d.Credentials[alias]
		bound := slices.ContainsFunc(was, func(b vault.Binding) bool { return b.Alias == alias })
		if !known && (to[alias] != nil || !bound) {
			return nil, problemAt(http.StatusUnprocessableEntity, "binding.alias", "/bindings/"+alias, "the flow has no credential alias "+alias)
		}
		if to[alias] == nil {
			change.Drop = append(change.Drop, alias)
			continue
		}
		id := *to[alias]
		c, err := s.Credentials.Get(ctx, id)
		if errors.Is(err, vault.ErrNotFound) {
			return nil, problemAt(http.StatusUnprocessableEntity, "binding.credential", "/bindings/"+alias, "there is no credential "+id)
		}
		if err != nil {
			return nil, err
		}
		if c.Type != declared.Type {
			return nil, problemAt(http.StatusUnprocessableEntity, "binding.type", "/bindings/"+alias, "the flow wants a credential of the type "+declared.Type+", "+c.Name+" is of "+c.Type)
		}
		change.Set = append(change.Set, vault.Binding{Flow: flow, Alias: alias, Credential: id})
	}
	if !all && len(to) == 0 {
		return showBindings(was, nil)
	}
	return showBindings(s.Credentials.Bind(ctx, flow, change))
}
