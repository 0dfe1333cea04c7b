package auth

import "time"

// User is somebody who may log in.
type User struct {
	ID       string
	Name     string
	Role     Role
	Disabled bool
	// PasswordHash is empty where no password was set: nobody can log in then.
	PasswordHash string
	Created      time.Time
	LastSeen     time.Time
	// Revision counts the changes that admins make, from 1.
	Revision  int64
	Updated   time.Time
	UpdatedBy string
	// LinkExpires is when the user's set-up link runs out; zero where there is none.
	LinkExpires time.Time
}

// State says whether a user can log in.
type State string

// The four states.
const (
	Invited  State = "invited"  // was never here, and has no password yet
	Active   State = "active"   // can log in
	Reset    State = "reset"    // was here, and has to choose a new password by a link
	Disabled State = "disabled" // can't, nor can their tokens
)

// State says whether the user can log in.
func (u *User) State() State {
	switch {
	case u.Disabled:
		return Disabled
	case u.PasswordHash != "":
		return Active
	case u.LastSeen.IsZero():
		return Invited
	}
	return Reset
}

func (u *User) actor() Actor {
	return Actor{ID: u.ID, Name: u.Name, Kind: "user", Role: u.Role, User: u.ID}
}

// manages says whether a user can log in and manage the others. Who was only invited
// can't: the link may never be used.
func (u *User) manages() bool { return u.State() == Active && u.Role == Admin }

// othersManage says whether somebody else than a user manages users.
func othersManage(id string, all []User) bool {
	for i := range all {
		if all[i].ID != id && all[i].manages() {
			return true
		}
	}
	return false
}
