package egress

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// authorise holds one hop against what the connector may do.
func (s *session) authorise(h *hop) error {
	u := h.target
	near := false
	var ports []string // of rules that differ in nothing else
	overriding := ""   // a header for which a rule doesn't hold
	for _, rule := range s.grant.HTTP {
		if !s.hostFits(rule.Host, h) {
			continue
		}
		near = true
		if ruleFits(rule, h) {
			if overriding = overrides(rule, h); overriding == "" {
				return nil
			}
			continue
		}
		if port, only := portOnly(rule, h); only {
			ports = append(ports, port)
		}
	}
	if overriding != "" {
		return refuse(abi.ErrnoDenied, "connector %s may not send the header %q to %s: by it a server may take a request by another method or for another path than its grant names", s.caller.Connector, overriding, u.Host)
	}
	if len(ports) > 0 {
		return refuse(abi.ErrnoDenied, "connector %s may not send %s to port %s of %s: its grant is for port %s; %s",
			s.caller.Connector, h.method, portOfURL(u), u.Hostname(), strings.Join(ports, ", "), s.broker.options.grantBy(entryOf(u)))
	}
	if near && u.Scheme == "http" {
		return refuse(abi.ErrnoDenied, "connector %s may not send %s to http://%s%s, which is unencrypted: %s", s.caller.Connector, h.method, u.Host, u.Path, s.broker.options.exactly(u))
	}
	if near {
		return refuse(abi.ErrnoDenied, "connector %s may not send %s to %s: its grant names other methods, ports or paths of this host", s.caller.Connector, h.method, u.Scheme+"://"+u.Host+u.Path)
	}
	if h.credential != nil && slices.ContainsFunc(s.grant.HTTP, func(r catalog.HTTPRule) bool { return r.Host == catalog.AnyHost }) {
		return refuse(abi.ErrnoDenied, "connector %s may not send requests to %s: the credential %s is for %s; an admin adds the host there, or to the connector's grants",
			s.caller.Connector, u.Host, h.credential.credential.Name, strings.Join(h.credential.credential.Hosts, ", "))
	}
	return refuse(abi.ErrnoDenied, "connector %s may not send requests to %s: %s", s.caller.Connector, u.Host, s.broker.options.grantBy(entryOf(u)))
}

// Headers that have servers and proxies take a request by another method, or for another
// path, than those by which it was let through.
var (
	methodHeaders = map[string]bool{"x-http-method-override": true, "x-http-method": true, "x-method-override": true, "x-forwarded-method": true}
	pathHeaders   = map[string]bool{"x-original-url": true, "x-original-uri": true, "x-rewrite-url": true, "x-forwarded-uri": true}
)

// overrides names a header by which a request may do more than a rule says.
func overrides(rule catalog.HTTPRule, h *hop) string {
	for name, values := range h.headers {
		switch at := strings.ToLower(name); {
		case pathHeaders[at] && rule.PathPrefix != "":
			return name
		case methodHeaders[at] && len(rule.Methods) > 0 && slices.ContainsFunc(values, func(m string) bool {
			return !slices.Contains(rule.Methods, strings.ToUpper(strings.TrimSpace(m)))
		}):
			return name
		}
	}
	return ""
}

// tokenFits says whether a token for an address reaches no further than what was
// consented to. A token bears no method, so whoever is shown it may use it by any: the
// rule must allow any method there, or hold the token to paths of its own.
func (s *session) tokenFits(h *hop) error {
	if plainPath(h.target.EscapedPath()) && slices.ContainsFunc(s.grant.HTTP, func(r catalog.HTTPRule) bool {
		return s.hostFits(r.Host, h) && ruleFits(r, h) && (r.PathPrefix != "" || len(r.Methods) == 0)
	}) {
		return nil
	}
	return refuse(abi.ErrnoDenied, "connector %s may not make a token for %s: what allows its request there names methods and no path, and a token holds for any method; its manifest names a pathPrefix for it", s.caller.Connector, h.target.Scheme+"://"+h.target.Host+h.target.Path)
}

// portOnly answers the port of a rule that would fit but for it.
func portOnly(rule catalog.HTTPRule, h *hop) (string, bool) {
	port := portOf(rule, cmp.Or(rule.Scheme, "https"))
	rule.Port, _ = strconv.Atoi(portOfURL(h.target))
	return port, rule.Host != catalog.AnyHost && ruleFits(rule, h)
}

func portOfURL(u *url.URL) string { return cmp.Or(u.Port(), defaultPort(u.Scheme)) }

// entryOf is what a file of grants would hold for an address.
func entryOf(u *url.URL) string {
	rule := catalog.HTTPRule{Host: u.Hostname()}
	if u.Scheme != "https" {
		rule.Scheme = u.Scheme
	}
	rule.Port, _ = strconv.Atoi(u.Port())
	raw, err := json.Marshal(catalog.Grant{HTTP: []catalog.HTTPRule{rule}})
	if err != nil {
		return u.Host
	}
	return string(raw)
}

// exactly says how something is granted that no manifest can ask for.
func (o *Options) exactly(u *url.URL) string {
	if o.GrantBy == "" {
		return "an admin would have to grant exactly that, with scheme http and port " + portOfURL(u)
	}
	return o.grantBy(entryOf(u))
}

func (s *session) hostFits(host string, h *hop) bool {
	switch {
	case host == catalog.AnyHost:
		return h.credential != nil && h.credential.covers(h.target)
	case strings.HasPrefix(host, "{"):
		c := s.caller.Credential
		return c != nil && strings.EqualFold(c.Fields[strings.Trim(host, "{}")], h.target.Hostname())
	}
	return host == h.target.Hostname()
}

func ruleFits(rule catalog.HTTPRule, h *hop) bool {
	want := rule.Scheme
	if want == "" {
		want = "https"
	}
	port := portOfURL(h.target)
	if rule.Host == catalog.AnyHost { // the credential names the port, and http only in full
		if h.credential.namesHTTP(h.target) {
			want = "http"
		}
	} else if port != portOf(rule, want) {
		return false
	}
	return want == h.target.Scheme && (len(rule.Methods) == 0 || slices.Contains(rule.Methods, h.method)) && pathFits(rule.PathPrefix, h.target)
}

func portOf(rule catalog.HTTPRule, scheme string) string {
	if rule.Port == 0 {
		return defaultPort(scheme)
	}
	return strconv.Itoa(rule.Port)
}

// sendsHTTP says whether an admin let the credential of a hop go out unencrypted.
// What a manifest asks for never does.
func (s *session) sendsHTTP(h *hop) bool {
	return h.credential.namesHTTP(h.target) || slices.ContainsFunc(s.grant.HTTP, func(r catalog.HTTPRule) bool {
		return r.Scheme == "http" && r.Host != catalog.AnyHost && s.hostFits(r.Host, h) && ruleFits(r, h)
	})
}

// pathFits holds a path against a prefix. A path that could be read in two ways
// fits none.
func pathFits(prefix string, u *url.URL) bool {
	if prefix == "" {
		return true
	}
	path := u.EscapedPath()
	return plainPath(path) && (path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/"))
}

// doubtful is what a server may take for a step up or aside, or for the end.
var doubtful = regexp.MustCompile(`(?i)\.\.|//|/\.(?:[/;]|$)|[\\\x00-\x1f\x7f]|%(?:2e|2f|5c|7f|[01][0-9a-f]|u)`)

// maxDecoded is how often a path may have been escaped: what is so more often has
// something to hide.
const maxDecoded = 4

// plainPath says whether a path means the same however often it is decoded.
func plainPath(path string) bool {
	for range maxDecoded {
		if doubtful.MatchString(path) || !utf8.ValidString(path) { // overlong forms aren't valid
			return false
		}
		next := escapes.ReplaceAllStringFunc(path, func(e string) string {
			n, _ := hexAt(e, 1, 2)
			return string([]byte{byte(n)})
		})
		if next == path {
			return true
		}
		path = next
	}
	return false
}

var escapes = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
