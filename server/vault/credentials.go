package vault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("there is no such credential")
	ErrExists   = errors.New("a credential of this name exists")
	ErrChanged  = errors.New("the credential was changed by somebody else meanwhile: look at it again")
)

// InvalidError says what is wrong with one part of a credential.
type InvalidError struct {
	Field   string
	Message string
}

// Error implements the error interface.
func (e *InvalidError) Error() string { return e.Message }

// InUseError says which flows a credential is bound to.
type InUseError struct{ Flows []string }

// Error implements the error interface.
func (e *InUseError) Error() string {
	return "the credential is in use: bind these flows to another first: " + strings.Join(e.Flows, ", ")
}

// Covers says whether hosts that a credential names are those of a place: of the host by
// itself where the port is the usual one, of the host with its port otherwise.
func Covers(hosts []string, host string, port, usual int) bool {
	return slices.Contains(hosts, net.JoinHostPort(host, strconv.Itoa(port))) || port == usual && slices.Contains(hosts, host)
}

// Credential is what a flow's alias is bound to, without its secrets.
type Credential struct {
	ID   string
	Name string
	// Type is declared by a connector, such as http.bearer.
	Type string
	// Hosts are the hosts that it may be sent to, by their exact names in lower
	// case, with a port where it isn't that of the scheme, and with http:// before it
	// where that is meant.
	Hosts []string
	// Fields may be read back; of Secrets only the names may.
	Fields    map[string]string
	Secrets   []string
	Version   int64
	Created   time.Time
	Updated   time.Time
	UpdatedBy string
}

// Sealed is one secret field as it is kept, with the credential's version.
type Sealed struct {
	Field   string
	Version int64
	Value   string
}

// Binding says what a flow's alias means on this server.
type Binding struct {
	Flow       string
	Alias      string
	Credential string // id
}

// Rebinding changes what the aliases of a flow mean.
type Rebinding struct {
	Set  []Binding
	Drop []string // aliases
	// All drops everything that is not set.
	All bool
}

// CredentialStore keeps credentials.
type CredentialStore interface {
	InsertCredential(ctx context.Context, c Credential, secrets []Sealed) error
	// UpdateCredential replaces a credential whose version is one less, with its
	// secrets. The audit log tells which fields were set.
	UpdateCredential(ctx context.Context, c Credential, secrets []Sealed, set []string) error
	Credential(ctx context.Context, id string) (Credential, []Sealed, error)
	Credentials(ctx context.Context) ([]Credential, error)
	// DeleteCredential fails with an [*InUseError] while flows are bound to it.
	DeleteCredential(ctx context.Context, id string) error
	// Bind changes bindings of a flow, and gives all that it has then. Those that the
	// change doesn't name stay as they are, whoever else changes some at the same time.
	Bind(ctx context.Context, flow string, change Rebinding) ([]Binding, error)
	Bindings(ctx context.Context, flow string) ([]Binding, error)
}

// Credentials keeps credentials, sealed.
type Credentials struct {
	vault *Vault
	store CredentialStore
	now   func() time.Time
	// rotating is held for reading from the sealing of a secret until it is kept.
	rotating sync.RWMutex
}

// NewCredentials makes the service over its parts.
func NewCredentials(v *Vault, s CredentialStore, now func() time.Time) *Credentials {
	return &Credentials{vault: v, store: s, now: now}
}

// Input is what a person gives for a credential. Of a change, secrets that are
// not given stay as they are.
type Input struct {
	Name    string
	Type    string
	Hosts   []string
	Fields  map[string]string
	Secrets map[string]Secret
}

// Bounds of a credential.
const (
	maxName   = 200
	maxFields = 32
	maxValue  = 64 << 10
	maxHosts  = 64
)

var (
	hostPattern  = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	fieldPattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,62}$`)
)

func (in *Input) check() error {
	if in.Name = strings.TrimSpace(in.Name); in.Name == "" || len(in.Name) > maxName {
		return &InvalidError{"name", fmt.Sprintf("give the credential a name of at most %d characters", maxName)}
	}
	if len(in.Fields)+len(in.Secrets) > maxFields {
		return &InvalidError{"fields", fmt.Sprintf("a credential has at most %d fields", maxFields)}
	}
	for name, value := range in.Fields {
		if !fieldPattern.MatchString(name) || len(value) > maxValue {
			return &InvalidError{"fields", fmt.Sprintf("the field %q must be a short name with at most %d bytes", name, maxValue)}
		}
	}
	for name, value := range in.Secrets {
		if !fieldPattern.MatchString(name) || len(value.Reveal()) > maxValue {
			return &InvalidError{"fields", fmt.Sprintf("the field %q must be a short name with at most %d bytes", name, maxValue)}
		}
	}
	return in.checkHosts()
}

func (in *Input) checkHosts() error {
	if len(in.Hosts) == 0 || len(in.Hosts) > maxHosts {
		return &InvalidError{"hosts", fmt.Sprintf("name the hosts that it may be sent to, 1 to %d", maxHosts)}
	}
	in.Hosts = slices.Clone(in.Hosts)
	for i, h := range in.Hosts {
		host, ok := cleanHost(h)
		if !ok {
			return &InvalidError{"hosts", fmt.Sprintf("%q is not a host: write its exact name, such as api.example.com or api.example.com:8443", h)}
		}
		in.Hosts[i] = host
	}
	slices.Sort(in.Hosts)
	in.Hosts = slices.Compact(in.Hosts)
	return nil
}

// cleanHost gives a host in the form it is compared in. It is reached by https,
// unless http:// stands before it.
func cleanHost(text string) (string, bool) {
	text = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "https://")
	if host, plain := strings.CutPrefix(text, "http://"); plain {
		clean, ok := cleanHost(host)
		return "http://" + clean, ok && !strings.Contains(host, "/")
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.String(), addr.Zone() == ""
	}
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.String(), at.Addr().Zone() == "" && at.Port() > 0
	}
	host, port, found := strings.Cut(text, ":")
	text = host
	if found {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", false
		}
		text += ":" + strconv.FormatUint(n, 10)
	}
	if _, err := strconv.ParseUint(host[strings.LastIndexByte(host, '.')+1:], 0, 64); err == nil {
		return "", false // 127.1 and 2130706433 are addresses to some, and never compared as such
	}
	return text, len(host) <= 253 && hostPattern.MatchString(host)
}

// place is where a secret field of a credential is kept: sealed with what the
// credential may be used for.
func place(c *Credential, field string) Place {
	return Place{Table: "credential_secrets", Row: c.ID, Field: field, Version: c.Version, Use: append([]string{c.Type}, c.Hosts...)}
}

func (s *Credentials) seal(c *Credential, secrets map[string]Secret) ([]Sealed, error) {
	var list []Sealed
	for _, field := range slices.Sorted(maps.Keys(secrets)) {
		value, err := s.vault.Seal(secrets[field], place(c, field))
		if err != nil {
			return nil, err
		}
		list = append(list, Sealed{field, c.Version, value})
	}
	return list, nil
}

func (s *Credentials) unseal(c *Credential, sealed []Sealed) (map[string]Secret, error) {
	secrets := map[string]Secret{}
	for _, f := range sealed {
		var err error
		if secrets[f.Field], err = s.vault.Unseal(f.Value, place(c, f.Field)); err != nil {
			return nil, fmt.Errorf("credential %s: %w", c.Name, err)
		}
	}
	return secrets, nil
}

// Create keeps a new credential. The error is an [*InvalidError] or [ErrExists].
func (s *Credentials) Create(ctx context.Context, in Input, by string) (Credential, error) {
	if err := in.check(); err != nil {
		return Credential{}, err
	}
	s.rotating.RLock()
	defer s.rotating.RUnlock()
	id, err := uuid.NewV7()
	if err != nil {
		return Credential{}, err
	}
	now := s.now()
	c := Credential{
		ID: id.String(), Name: in.Name, Type: in.Type, Hosts: in.Hosts, Fields: in.Fields, Secrets: slices.Sorted(maps.Keys(in.Secrets)),
		Version: 1, Created: now, Updated: now, UpdatedBy: by,
	}
	secrets, err := s.seal(&c, in.Secrets)
	if err != nil {
		return Credential{}, err
	}
	return c, s.store.InsertCredential(ctx, c, secrets)
}

// Update changes a credential; its type stays. Whoever adds a host must know the
// secrets, or could have them sent to a host of their own.
func (s *Credentials) Update(ctx context.Context, id string, in Input, by string) (Credential, error) {
	if err := in.check(); err != nil {
		return Credential{}, err
	}
	s.rotating.RLock()
	defer s.rotating.RUnlock()
	c, sealed, err := s.store.Credential(ctx, id)
	if err != nil {
		return Credential{}, err
	}
	secrets, err := s.unseal(&c, sealed)
	if err != nil {
		return Credential{}, err
	}
	if slices.ContainsFunc(in.Hosts, func(h string) bool { return !slices.Contains(c.Hosts, h) }) {
		for _, field := range slices.Sorted(maps.Keys(secrets)) {
			if _, given := in.Secrets[field]; !given {
				return Credential{}, &InvalidError{"fields", fmt.Sprintf("a host is added, so give the secret %q again: it can't be read back, nor sent elsewhere by who doesn't know it", field)}
			}
		}
	}
	maps.Copy(secrets, in.Secrets)
	c.Name, c.Hosts, c.Fields, c.Secrets = in.Name, in.Hosts, in.Fields, slices.Sorted(maps.Keys(secrets))
	c.Version, c.Updated, c.UpdatedBy = c.Version+1, s.now(), by
	if sealed, err = s.seal(&c, secrets); err != nil {
		return Credential{}, err
	}
	return c, s.store.UpdateCredential(ctx, c, sealed, slices.Sorted(maps.Keys(in.Secrets)))
}

// Get gives a credential without its secrets.
func (s *Credentials) Get(ctx context.Context, id string) (Credential, error) {
	c, _, err := s.store.Credential(ctx, id)
	return c, err
}

// List gives all credentials, by name.
func (s *Credentials) List(ctx context.Context) ([]Credential, error) {
	return s.store.Credentials(ctx)
}

// Delete removes a credential that no flow is bound to.
func (s *Credentials) Delete(ctx context.Context, id string) error {
	return s.store.DeleteCredential(ctx, id)
}

// Bind changes what the aliases of a flow mean here, and gives what all of them mean then.
func (s *Credentials) Bind(ctx context.Context, flow string, change Rebinding) ([]Binding, error) {
	for _, b := range change.Set {
		if _, err := s.Get(ctx, b.Credential); err != nil {
			return nil, err
		}
	}
	return s.store.Bind(ctx, flow, change)
}

// Bindings gives what the aliases of a flow mean here.
func (s *Credentials) Bindings(ctx context.Context, flow string) ([]Binding, error) {
	return s.store.Bindings(ctx, flow)
}

// Bound gives the credential that a flow's alias means; [ErrNotFound] where none.
func (s *Credentials) Bound(ctx context.Context, flow, alias string) (Credential, error) {
	bindings, err := s.store.Bindings(ctx, flow)
	if err != nil {
		return Credential{}, err
	}
	for _, b := range bindings {
		if b.Alias == alias {
			return s.Get(ctx, b.Credential)
		}
	}
	return Credential{}, ErrNotFound
}

// Opened is a credential with its secrets, for the moment of a request.
type Opened struct {
	Credential
	Values map[string]Secret
}

// Open unseals a credential.
func (s *Credentials) Open(ctx context.Context, id string) (Opened, error) {
	c, sealed, err := s.store.Credential(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	values, err := s.unseal(&c, sealed)
	return Opened{c, values}, err
}

// Rotate gives the vault a new key, seals every secret under it, and removes the
// old keys from the key file. No credential is made or changed meanwhile: what was
// sealed under an old key and kept afterwards would be lost.
func (s *Credentials) Rotate(ctx context.Context, by string) error {
	s.rotating.Lock()
	defer s.rotating.Unlock()
	if err := s.vault.Rotate(); err != nil {
		return err
	}
	list, err := s.store.Credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := s.reseal(ctx, c.ID, by); err != nil {
			return err
		}
	}
	return s.vault.Retire()
}

func (s *Credentials) reseal(ctx context.Context, id, by string) error {
	c, sealed, err := s.store.Credential(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil // it was deleted meanwhile
	}
	if err != nil {
		return err
	}
	secrets, err := s.unseal(&c, sealed)
	if err != nil {
		return err
	}
	c.Version, c.Updated, c.UpdatedBy = c.Version+1, s.now(), by
	if sealed, err = s.seal(&c, secrets); err != nil {
		return err
	}
	if err = s.store.UpdateCredential(ctx, c, sealed, nil); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
