package ldap

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Attributes of accounts.
const (
	adControl    = "userAccountControl" // a sum of flags
	adPasswordAt = "pwdLastSet"         // 0 asks for a new password
	adDisabled   = 2                    // in userAccountControl
	lockedAt     = "pwdAccountLockedTime"
	lockedForAll = "000001010000Z" // by an administrator (draft-behera-ldap-password-policy, 5.3.3)
	mustReset    = "pwdReset"
)

// known are what a person is read with.
var known = []string{"uid", "sAMAccountName", "userPrincipalName", "cn", "displayName", "mail", "title", "department", "departmentNumber", "manager", adControl, adPasswordAt, lockedAt, mustReset}

// byName finds a person by whatever is said of one.
const byName = "(&(|(objectClass=person)(objectClass=user))(|(uid={user})(sAMAccountName={user})(userPrincipalName={user})(mail={user})))"

// maxGroups bounds the groups of a person, and maxLevels how far up they are looked for.
const (
	maxGroups = 5000
	maxLevels = 10
)

// account is a person, with what is needed to change the account.
type account struct {
	User
	entry Entry
}

func (e Entry) first(names ...string) string {
	for _, name := range names {
		for have, values := range e.Attributes {
			if strings.EqualFold(have, name) && len(values) > 0 {
				return values[0]
			}
		}
	}
	return ""
}

func accountOf(e Entry, kind string) account {
	u := User{
		DN: e.DN, Login: e.first("sAMAccountName", "uid"), Name: e.first("displayName", "cn"), Mail: e.first("mail"), Title: e.first("title"),
		Department: e.first("department", "departmentNumber"), Manager: e.first("manager"),
	}
	if kind == "openldap" {
		u.Login = e.first("uid", "sAMAccountName")
		u.Disabled = e.first(lockedAt) == lockedForAll
		u.PasswordExpired = strings.EqualFold(e.first(mustReset), "TRUE")
	} else {
		control, _ := strconv.ParseInt(e.first(adControl), 10, 64)
		u.Disabled = control&adDisabled != 0
		u.PasswordExpired = e.first(adPasswordAt) == "0"
	}
	return account{u, e}
}

// person finds the one person who is meant.
func (s *session) person(in UserInput) (account, error) {
	if strings.TrimSpace(in.User) == "" {
		return account{}, sdk.BadInput("/user", "is empty: give a login name, a mail address or a DN")
	}
	base, err := ldap.ParseDN(in.Base)
	if err != nil {
		return account{}, err
	}
	if dn, err := ldap.ParseDN(in.User); err == nil && base.AncestorOfFold(dn) {
		return s.entry(in.User, in.Kind)
	}
	filter, err := filterOf(byName, map[string]string{"user": in.User})
	if err != nil {
		return account{}, err
	}
	found, err := s.search(query{in.Base, ldap.ScopeWholeSubtree, filter, known, 2})
	switch {
	case err != nil:
		return account{}, err
	case len(found.Entries) == 0:
		return account{}, sdk.Fail("not_found", "nobody below %s is called %q", in.Base, in.User)
	case len(found.Entries) > 1:
		return account{}, sdk.Fail("ambiguous", "%q is the name of more than one person, %s and %s: give a DN", in.User, found.Entries[0].DN, found.Entries[1].DN)
	}
	return accountOf(found.Entries[0], in.Kind), nil
}

// entry reads the person of a DN.
func (s *session) entry(dn, kind string) (account, error) {
	filter, err := filterOf("(objectClass=*)", nil)
	if err != nil {
		return account{}, err
	}
	found, err := s.search(query{dn, ldap.ScopeBaseObject, filter, known, 1})
	if err != nil {
		return account{}, err
	}
	if len(found.Entries) == 0 {
		return account{}, sdk.Fail("not_found", "the directory has no %s", dn)
	}
	return accountOf(found.Entries[0], kind), nil
}

// with opens the directory and finds the person.
func with[Out any](c *sdk.Context, in UserInput, do func(*session, account) (Out, error)) (out Out, err error) {
	s, err := open(c, in.Server, actionTimeout)
	if err != nil {
		return out, err
	}
	defer s.close()
	who, err := s.person(in)
	if err != nil {
		return out, err
	}
	return do(s, who)
}

func user(c *sdk.Context, in UserInput) (User, error) {
	return with(c, in, func(_ *session, who account) (User, error) { return who.User, nil })
}

func manager(c *sdk.Context, in UserInput) (ManagerOutput, error) {
	return with(c, in, func(s *session, who account) (ManagerOutput, error) {
		out := ManagerOutput{User: who.User}
		if who.Manager == "" {
			return out, nil
		}
		above, err := s.entry(who.Manager, in.Kind)
		out.Manager = &above.User
		return out, err
	})
}

func groups(c *sdk.Context, in GroupsInput) (GroupsOutput, error) {
	return with(c, in.UserInput, func(s *session, who account) (GroupsOutput, error) {
		out := GroupsOutput{User: who.User, Groups: []Group{}}
		seen := map[string]bool{strings.ToLower(who.DN): true}
		level := []string{who.DN}
		for depth := 0; len(level) > 0 && depth < maxLevels && (depth == 0 || in.Nested); depth++ {
			var next []string
			for _, member := range level {
				found, err := s.groupsOf(in.Base, member)
				if err != nil {
					return out, err
				}
				for _, e := range found {
					if key := strings.ToLower(e.DN); !seen[key] && len(out.Groups) < maxGroups {
						seen[key] = true
						out.Groups = append(out.Groups, Group{e.DN, e.first("cn", "name"), depth > 0})
						next = append(next, e.DN)
					}
				}
			}
			level = next
		}
		slices.SortFunc(out.Groups, func(a, b Group) int { return strings.Compare(a.Name+a.DN, b.Name+b.DN) })
		return out, nil
	})
}

func (s *session) groupsOf(base, member string) ([]Entry, error) {
	filter, err := filterOf("(|(member={dn})(uniqueMember={dn}))", map[string]string{"dn": member})
	if err != nil {
		return nil, err
	}
	found, err := s.search(query{base, ldap.ScopeWholeSubtree, filter, []string{"cn", "name"}, maxGroups})
	return found.Entries, err
}
