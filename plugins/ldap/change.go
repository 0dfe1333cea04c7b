package ldap

import (
	"strconv"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Kinds of changes (RFC 4511, 4.6).
const (
	changeAdd     = 0
	changeDelete  = 1
	changeReplace = 2
)

// change is one of an entry's attributes.
type change struct {
	kind  int
	name  string
	value string // none of changeReplace removes the attribute
}

// modify makes all changes of an entry, or none.
func (s *session) modify(dn string, changes ...change) error {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationModifyRequest, nil, "")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, dn, ""))
	list := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for _, c := range changes {
		one := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		one.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(c.kind), ""))
		attribute := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		attribute.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.name, ""))
		values := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		if c.value != "" {
			values.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.value, ""))
		}
		attribute.AppendChild(values)
		one.AppendChild(attribute)
		list.AppendChild(one)
	}
	p.AppendChild(list)
	id, err := s.ask(p)
	if err != nil {
		return err
	}
	answer, err := s.receive(id, ldap.ApplicationModifyResponse)
	if err != nil {
		return err
	}
	if r := resultOf(answer); r.code != 0 {
		return s.failed("the change of "+dn, r)
	}
	return nil
}

// set changes an account where it isn't so yet, and reads it again.
func set(c *sdk.Context, in UserInput, is func(User) bool, changes func(account) ([]change, error)) (ChangeOutput, error) {
	return with(c, in, func(s *session, who account) (ChangeOutput, error) {
		if is(who.User) {
			return ChangeOutput{User: who.User}, nil
		}
		list, err := changes(who)
		if err != nil {
			return ChangeOutput{}, err
		}
		if err := s.modify(who.DN, list...); err != nil {
			return ChangeOutput{}, err
		}
		now, err := s.entry(who.DN, in.Kind)
		if err == nil && !is(now.User) {
			err = sdk.Fail("unchanged", "%s took the change of %s, which is as it was before: look at kind, and at what the account of the credential may read", s.place, who.DN)
		}
		return ChangeOutput{now.User, true}, err
	})
}

func disable(c *sdk.Context, in UserInput) (ChangeOutput, error) {
	return set(c, in, func(u User) bool { return u.Disabled }, func(who account) ([]change, error) {
		if in.Kind == "openldap" {
			return []change{{changeReplace, lockedAt, lockedForAll}}, nil
		}
		return who.flag(true)
	})
}

func enable(c *sdk.Context, in UserInput) (ChangeOutput, error) {
	return set(c, in, func(u User) bool { return !u.Disabled }, func(who account) ([]change, error) {
		if in.Kind == "openldap" {
			return []change{{changeReplace, lockedAt, ""}}, nil
		}
		return who.flag(false)
	})
}

func expirePassword(c *sdk.Context, in UserInput) (ChangeOutput, error) {
	return set(c, in, func(u User) bool { return u.PasswordExpired }, func(account) ([]change, error) {
		if in.Kind == "openldap" {
			return []change{{changeReplace, mustReset, "TRUE"}}, nil
		}
		return []change{{changeReplace, adPasswordAt, "0"}}, nil
	})
}

// flag sets one flag among others of Active Directory. The old value is named, so that
// a change that somebody else makes meanwhile isn't undone but refused.
func (a account) flag(disabled bool) ([]change, error) {
	text := a.entry.first(adControl)
	old, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, sdk.Fail("no_account", "%s has no %s: it is no account of Active Directory, or may not be read; for OpenLDAP choose the kind openldap", a.DN, adControl)
	}
	next := old &^ adDisabled
	if disabled {
		next = old | adDisabled
	}
	return []change{{changeDelete, adControl, text}, {changeAdd, adControl, strconv.FormatInt(next, 10)}}, nil
}
