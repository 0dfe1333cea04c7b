package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func TestCheckName(t *testing.T) {
	for _, good := range []string{
		"admin", "night.shift", "night_shift-2", "o'clock", "soc+night@example.com", "1st.shift", "Crème", "Łódź", "Аналитик", "αναλυτής", "夜勤", "夜の当番", "アナリスト", "분석가", "محلل", "विश्लेषक",
		strings.Repeat("a", 64),
	} {
		if err := auth.CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, says := range map[string]string{
		"":                      "between 1 and 64",
		strings.Repeat("a", 65): "between 1 and 64",
		"a b":                   "no blanks",
		"admin ":                "no blanks",
		"a\u00a0b":              "write the name",
		"a\tb":                  "no blanks",
		"ad\u200bmin":           "invisible",
		"ad\u00admin":           "invisible",
		"\u202enimda":           "invisible",
		"ad\x00min":             "invisible",
		"a\xffb":                "between",
		"\u0430dmin":            "mixes",          // Cyrillic а
		"adm\u0131\u03bd":       "mixes",          // Greek ν
		"\uff41dmin":            "write the name", // fullwidth a
		"\U0001d41admin":        "write the name", // mathematical bold a
		"cre\u0300me":           "write the name", // not composed
		".admin":                "begins with",
		"-rf":                   "begins with",
		"a/b":                   "not '/'",
		"<b>":                   "begins with",
		"a\"b":                  "not '\"'",
		"a\u0661":               "not '\u0661'", // another script's digit
		"😀":                     "begins with",
		"a😀":                    "not '😀'",
		"\u0301a":               "begins with",
		"admin\u2024com":        "write the name",
	} {
		err := auth.CheckName(bad)
		var field *auth.FieldError
		if !errors.As(err, &field) || field.Field != "name" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", bad, err, says)
		}
	}
}

// TestNamesAreToldApart invites one after the other.
func TestNamesAreToldApart(t *testing.T) {
	s, _, _ := open(t)
	admin(t, s)
	for _, name := range []string{"soc", "Straße", "tiger", "tlger", "аналитик"} {
		if _, err := s.Invite(t.Context(), name, auth.Viewer); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"Admin", "ADMIN", "s0c", "STRASSE", "strasse", "Аналитик", "\u0405\u043e\u0441"} { // the last is Soc in Cyrillic
		var field *auth.FieldError
		if _, err := s.Invite(t.Context(), name, auth.Viewer); !errors.As(err, &field) || field.Code != "name.taken" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPasswordsThatAreGuessed(t *testing.T) {
	s, _, _ := open(t)
	admin(t, s)
	in, err := s.Invite(t.Context(), "n.shift", auth.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{
		"password", "Password1", "P@ssw0rd2026!", "passwort123", "letmein!!", "12345678", "0987654321", "87654321", "abcdefgh", "aaaaaaaa", "abababab", "qwertyuiop", "QWERTZUIOP1",
		"iloveyou", "drawbridge", "Drawbr1dge!", "changeme", "welcome2026", "administrator", "n.shift.2026", "N.SHIFT123", "password123456789", "p4ssw0rd", "sunshine", "zzzyyyxxx",
	}
	for _, password := range append(bad, "short", "seven77", strings.Repeat("x", 257)) {
		_, err := s.SetUp(t.Context(), in.Token, password, at("192.0.2.1"))
		var field *auth.FieldError
		if guessed := errors.As(err, &field) && field.Field == "password"; !guessed && !errors.Is(err, auth.ErrPassword) {
			t.Errorf("%s: %v", password, err)
		}
	}
	for _, good := range []string{"correct horse battery", "correct-horse-battery", "long-enough-1", "my shift has 3 hours", "K!93827164502847", "pass839201746352", "tr0ub4dor&3x", "чайник на плите"} {
		if _, err := s.SetUp(t.Context(), in.Token, good, at("192.0.2.2")); err != nil {
			t.Errorf("%s: %v", good, err)
		}
		if in, _, err = s.NewLink(t.Context(), in.User.ID, 0); err != nil {
			t.Fatal(err)
		}
	}
}
