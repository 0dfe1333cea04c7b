// Package ldap asks directories for people and groups, and changes accounts there.
package ldap

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Time of the actions; the guest's own is a bit shorter, so that it can say what went on.
const (
	actionTimeout = 30 * time.Second
	searchTimeout = 60 * time.Second
	spare         = 2 * time.Second
)

// Server is the directory that is asked.
type Server struct {
	Host       string `json:"host" example:"dc1.corp.example" doc:"As the credential or an admin's grant names it, with the port."`
	Port       int    `json:"port" default:"636" min:"1" max:"65535"`
	Encryption string `json:"encryption" enum:"implicit,starttls,none" default:"implicit" doc:"implicit is LDAPS (port 636), starttls begins in plain text (port 389); none takes an admin's grant."`
	Base       string `json:"base" title:"Base DN" example:"dc=corp,dc=example" doc:"Where to search from."`
}

// SearchInput is the input of search.
type SearchInput struct {
	Server
	Filter     string            `json:"filter" default:"(objectClass=*)" example:"(&(objectClass=person)(mail={mail}))" doc:"As RFC 4515 writes filters, with {name} where one of the values is to stand. A value from outside belongs there, never into the filter itself."`
	Values     map[string]string `json:"values,omitempty" doc:"They are escaped, so that each is one value whatever it holds."`
	Scope      string            `json:"scope" enum:"subtree,one,base" default:"subtree" doc:"Everything below the base, what lies directly below it, or the base itself."`
	Attributes []string          `json:"attributes,omitempty" doc:"Only these; all but the server's own where none is given."`
	Limit      int               `json:"limit" default:"1000" min:"1" max:"20000" doc:"At most so many entries."`
}

// SearchOutput is the output of search.
type SearchOutput struct {
	Entries   []Entry  `json:"entries"`
	Count     int      `json:"count"`
	Truncated bool     `json:"truncated" doc:"There are more, by the limit here or by the server's own."`
	Referrals []string `json:"referrals" doc:"Other servers that the directory names for parts of it; they aren't asked."`
}

// Entry is one of a directory.
type Entry struct {
	DN         string              `json:"dn" title:"DN"`
	Attributes map[string][]string `json:"attributes" doc:"Values that aren't text are in base64; objectSid and objectGUID as they are usually written."`
}

// UserInput names a person.
type UserInput struct {
	Server
	Kind string `json:"kind" enum:"active_directory,openldap" default:"active_directory" title:"Directory" doc:"Active Directory, or OpenLDAP with its overlay ppolicy: they keep the state of accounts in different ways."`
	User string `json:"user" example:"jdoe" doc:"A login name, a mail address, a user principal name or a DN. Exactly one person must bear it."`
}

// GroupsInput is the input of groups.
type GroupsInput struct {
	UserInput
	Nested bool `json:"nested" default:"false" doc:"Also the groups that those groups are in, up to ten levels up."`
}

// User is a person in a directory.
type User struct {
	DN              string `json:"dn" title:"DN"`
	Login           string `json:"login"`
	Name            string `json:"name"`
	Mail            string `json:"mail"`
	Title           string `json:"title"`
	Department      string `json:"department"`
	Manager         string `json:"manager" doc:"The DN of the manager."`
	Disabled        bool   `json:"disabled"`
	PasswordExpired bool   `json:"passwordExpired" doc:"A new password must be chosen at the next log-in."`
}

// GroupsOutput is the output of groups.
type GroupsOutput struct {
	User   User    `json:"user"`
	Groups []Group `json:"groups" doc:"By name."`
}

// Group is one that a person is in.
type Group struct {
	DN     string `json:"dn" title:"DN"`
	Name   string `json:"name"`
	Nested bool   `json:"nested" doc:"Only by another group."`
}

// ManagerOutput is the output of manager.
type ManagerOutput struct {
	User    User  `json:"user"`
	Manager *User `json:"manager" doc:"Null where the directory names none."`
}

// ChangeOutput is the output of disable, enable and expire_password.
type ChangeOutput struct {
	User    User `json:"user" doc:"As it is now."`
	Changed bool `json:"changed" doc:"False where it was so before."`
}

const bindFields = `{"type":"object","required":["username","password"],"additionalProperties":false,"properties":{"username":{"type":"string","title":"Bind DN","description":"A DN, or in Active Directory also name@domain.","minLength":1},"password":{"type":"string","title":"Password","minLength":1,"writeOnly":true}}}`

var credential = abi.CredentialOf{Type: "ldap.bind", Apply: "login", Fields: json.RawMessage(bindFields), Login: []string{abi.LoginLDAPSimple}}

// Connector makes the ldap connector.
func Connector() *sdk.Connector {
	reads := func(name, description string, examples []sdk.Example) sdk.ActionInfo {
		return sdk.ActionInfo{Name: name, Description: description, Effect: abi.EffectRead, Idempotent: true, Timeout: actionTimeout, Examples: examples}
	}
	writes := func(effect abi.Effect, name, description, inverse string) sdk.ActionInfo {
		return sdk.ActionInfo{Name: name, Description: description, Effect: effect, Idempotent: true, Inverse: inverse, Timeout: actionTimeout, Examples: changeExamples}
	}
	search := reads("Search", "Lists entries by a filter, page by page.", searchExamples)
	search.Timeout, search.MemoryPages = searchTimeout, abi.MaxPages
	return sdk.NewConnector(
		sdk.Info{
			ID: "ldap", Version: "1.0.0", Name: "LDAP", Icon: "users", Category: "Identity",
			Description: "Asks Active Directory, OpenLDAP and other directories for people and groups, and disables, enables and expires accounts.",
			Publisher:   "Drawbridge", License: "Apache-2.0",
			Credentials:  []abi.CredentialOf{credential},
			Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", TLS: true, Reason: "To ask the directory that the credential names."}}},
		},
		sdk.Act("search", search, find),
		sdk.Act("user", reads("Find a user", "Finds one person by name or address, with the state of the account.", userExamples), user),
		sdk.Act("groups", reads("List a user's groups", "Lists the groups that a person is in.", userExamples), groups),
		sdk.Act("manager", reads("Find a user's manager", "Finds the person whom the directory names as a person's manager.", userExamples), manager),
		sdk.Act("disable", writes(abi.EffectDestructive, "Disable a user", "Disables an account, so that nobody can log in with it.", "enable"), disable),
		sdk.Act("enable", writes(abi.EffectWrite, "Enable a user", "Enables an account again.", "disable"), enable),
		sdk.Act("expire_password", writes(abi.EffectDestructive, "Expire a user's password", "Has a person choose a new password at the next log-in.", ""), expirePassword),
	)
}
