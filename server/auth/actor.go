// Package auth knows who acts and what they may do: users, roles, permissions,
// sessions and tokens. It is pure but for the ports that it names.
package auth

import "context"

// Actor is who does something, as the audit log names them.
type Actor struct {
	ID   string
	Name string
	// Kind is user, token or system.
	Kind string
	Role Role
	// User is the user who answers for it: themself, or who made the token; "" where
	// that is the machine's owner.
	User string
}

// Person is whose doing it is: a user's id, or token:ID where nobody answers for a
// token; empty where nobody asked.
func (a Actor) Person() string {
	switch {
	case a.User != "":
		return a.User
	case a.Kind == "token":
		return "token:" + a.ID
	}
	return ""
}

// System acts when nobody asked: set-up, timers, recovery.
var System = Actor{ID: "system", Name: "system", Kind: "system"}

type actorKey struct{}

// WithActor gives a context in which changes are the actor's.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom tells whose changes a context makes; [System] where nobody was named.
func ActorFrom(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return System
}
