package catalog

import (
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// applyLogin is how credentials are applied that the host writes into streams.
const applyLogin = "login"

// Logins are all ways to log in. The list is closed: for each the host knows what may
// stand before it in a stream, so that no guest has a secret written elsewhere.
var Logins = []string{abi.LoginSMTPPlain, abi.LoginSMTPLogin, abi.LoginIMAPPlain, abi.LoginLDAPSimple, abi.LoginSSH}

// logins checks the ways in which a type of credential logs in.
func (f *faults) logins(field string, c abi.CredentialOf) {
	if c.Apply == applyLogin && len(c.Login) == 0 {
		f.add(field, "apply login is for credentials that log in: name the ways in login")
	}
	if c.Apply != applyLogin && len(c.Login) > 0 {
		f.add(field, "login is for credentials with apply login: what an admin consents to says so by it")
	}
	for i, name := range c.Login {
		switch {
		case !slices.Contains(Logins, name):
			f.add(field, "login %q must be one of %s", name, strings.Join(Logins, ", "))
		case slices.Contains(c.Login[:i], name):
			f.add(field, "login %q stands twice", name)
		case name == abi.LoginSSH && slices.Contains(secretFields(c.Fields), fieldPrivateKey):
		case !slices.Contains(secretFields(c.Fields), "password"):
			f.add(field, "login %q takes the field \"password\": declare it, with writeOnly", name)
		}
	}
}
