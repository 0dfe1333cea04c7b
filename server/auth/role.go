package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a user or token is. Each role may do what the one before it may.
type Role string

// The five roles.
const (
	Viewer    Role = "viewer"    // looks
	Analyst   Role = "analyst"   // runs flows and works cases
	Responder Role = "responder" // approves and cancels
	Author    Role = "author"    // draws and publishes flows
	Admin     Role = "admin"     // connectors, users, everything else
)

// Roles lists all roles, from the least to the most.
var Roles = []Role{Viewer, Analyst, Responder, Author, Admin}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if slices.Contains(Roles, Role(s)) {
		return Role(s), nil
	}
	names := make([]string, len(Roles))
	for i, r := range Roles {
		names[i] = string(r)
	}
	return "", fmt.Errorf("%q is not a role: use %s", s, strings.Join(names, ", "))
}

// Permission is one thing that a route asks for.
type Permission string

// Permissions, by the least role that has them (see grants).
const (
	FlowRead      Permission = "flow.read"
	RunRead       Permission = "run.read"
	ConnectorRead Permission = "connector.read"
	CaseRead      Permission = "case.read"
	CaseWork      Permission = "case.work"
	CaseTemplate  Permission = "case.template"
	IntelRead     Permission = "intel.read"
	IntelWrite    Permission = "intel.write"
	FlowRun       Permission = "flow.run"
	RunCancel     Permission = "run.cancel"
	FlowWrite     Permission = "flow.write"
	FlowPublish   Permission = "flow.publish"
	Import        Permission = "import"
	Export        Permission = "export"
	TokenManage   Permission = "token.manage"
	UserManage    Permission = "user.manage"
	AuditRead     Permission = "audit.read"
	// Credentials are seen without their secrets.
	CredentialRead   Permission = "credential.read"   //nolint:gosec // a permission's name
	CredentialManage Permission = "credential.manage" //nolint:gosec // a permission's name
	ConnectorManage  Permission = "connector.manage"
	// ConnectorTry runs one action outside of a flow. Whoever draws flows could run it
	// in a draft of one all the same.
	ConnectorTry Permission = "connector.try"
)

var grants = map[Role][]Permission{
	Viewer:    {FlowRead, RunRead, ConnectorRead, CaseRead, IntelRead},
	Analyst:   {FlowRun, CaseWork, IntelWrite},
	Responder: {RunCancel, CaseTemplate},
	Author:    {FlowWrite, FlowPublish, Export, Import, CredentialRead, ConnectorTry},
	Admin:     {TokenManage, UserManage, AuditRead, CredentialManage, ConnectorManage},
}

// Permissions lists all that a role may do.
func (r Role) Permissions() []Permission {
	var all []Permission
	for _, role := range Roles {
		all = append(all, grants[role]...)
		if role == r {
			return all
		}
	}
	return nil
}

// lesser is the one of two roles that may do less.
func lesser(a, b Role) Role {
	if slices.Index(Roles, a) < slices.Index(Roles, b) {
		return a
	}
	return b
}

// Can says whether an actor has a permission. Objects are not told apart yet:
// every role sees every flow.
func Can(a Actor, p Permission) bool {
	return slices.Contains(a.Role.Permissions(), p)
}
