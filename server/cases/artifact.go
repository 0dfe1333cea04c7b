package cases

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Types of artifacts, as analysts name what they look at.
const (
	TypeIP       = "ip"
	TypeDomain   = "domain"
	TypeURL      = "url"
	TypeEmail    = "email"
	TypeHash     = "hash"
	TypeFile     = "file"
	TypeHost     = "host"
	TypeUser     = "user"
	TypeCVE      = "cve"
	TypeProcess  = "process"
	TypeRegistry = "registry"
	TypeSubject  = "subject"
	TypeMessage  = "message_id"
	TypeOther    = "other"
)

// ArtifactTypes lists all types.
var ArtifactTypes = []string{
	TypeIP, TypeDomain, TypeURL, TypeEmail, TypeHash, TypeFile, TypeHost, TypeUser, TypeCVE, TypeProcess, TypeRegistry, TypeSubject, TypeMessage, TypeOther,
}

// MaxValue is the most characters of an artifact's value.
const MaxValue = 2048

// Artifact is something that a case is about, such as an address or a file's hash.
type Artifact struct {
	Type string
	// Value is normalised: what means the same is written the same.
	Value string
	// Score is 0 to 1000; NoScore where nobody scored it.
	Score   int
	Note    string
	Added   time.Time
	AddedBy Actor
	// Guessed says that the type was found out of the value alone; it isn't kept.
	Guessed bool
}

// Shown is the value as it is displayed: nothing in it can be clicked or mailed to.
func (a *Artifact) Shown() string { return Defang(a.Type, a.Value) }

// Normalise makes an artifact of what was written, defanged or not. An empty type is
// found out from the value. The error is a [*FieldError].
func Normalise(kind, value string) (Artifact, error) {
	value = strings.TrimSpace(value)
	if value == "" || utf8.RuneCountInString(value) > MaxValue || strings.ContainsRune(value, 0) {
		return Artifact{}, &FieldError{"value", fmt.Sprintf("an artifact's value has 1 to %d characters", MaxValue), ""}
	}
	guessed := kind == ""
	if guessed {
		kind = TypeOf(value)
	}
	if known, alias := aliases[kind]; alias {
		kind = known
	}
	if !slices.Contains(ArtifactTypes, kind) {
		return Artifact{}, &FieldError{"type", fmt.Sprintf("%q is no type of artifacts", kind), "use " + strings.Join(ArtifactTypes, ", ")}
	}
	clean, ok := value, true
	if normal := normalisers[kind]; normal != nil {
		clean, ok = normal(Refang(value))
	}
	if !ok {
		return Artifact{}, &FieldError{"value", fmt.Sprintf("%q is no %s", value, kind), "correct it, or choose another type"}
	}
	return Artifact{Type: kind, Value: clean, Score: NoScore, Guessed: guessed}, nil
}

// aliases are names that other tools give the types, those of the connector ioc among them.
var aliases = map[string]string{
	"ipv4": TypeIP, "ipv6": TypeIP, "ipv4-addr": TypeIP, "ipv6-addr": TypeIP, "address": TypeIP, "domain-name": TypeDomain, "hostname": TypeHost,
	"md5": TypeHash, "sha1": TypeHash, "sha256": TypeHash, "sha512": TypeHash, "email-addr": TypeEmail, "mail": TypeEmail, "uri": TypeURL, "username": TypeUser, "account": TypeUser,
}

var (
	hexDigits  = regexp.MustCompile(`^[0-9a-fA-F]+$`)
	domainName = regexp.MustCompile(`^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	cveID      = regexp.MustCompile(`^(?i)CVE-\d{4}-\d{4,}$`)
	scheme     = regexp.MustCompile(`^(?i)(https?|ftps?)://`)
	defanged   = regexp.MustCompile(`^(?i)(hxxp|fxp)(s?)://`)
	hashSizes  = []int{32, 40, 64, 96, 128}
)

// TypeOf finds out what a value is; TypeOther where it could be anything.
func TypeOf(value string) string {
	value = Refang(strings.TrimSpace(value))
	for _, kind := range []string{TypeCVE, TypeHash, TypeIP, TypeURL, TypeEmail, TypeDomain} {
		if _, ok := normalisers[kind](value); ok {
			return kind
		}
	}
	return TypeOther
}

var normalisers = map[string]func(string) (string, bool){
	TypeIP: func(s string) (string, bool) {
		a, err := netip.ParseAddr(strings.Trim(s, "[]"))
		if err != nil || a.Zone() != "" {
			return "", false
		}
		return a.Unmap().String(), true
	},
	TypeDomain: normalDomain,
	TypeURL:    normalURL,
	TypeEmail: func(s string) (string, bool) {
		a, err := mail.ParseAddress(strings.TrimPrefix(s, "mailto:"))
		if err != nil {
			return "", false
		}
		at := strings.LastIndexByte(a.Address, '@')
		return strings.ToLower(a.Address), at > 0 && !strings.ContainsAny(a.Address, " \t")
	},
	TypeHash: func(s string) (string, bool) {
		return strings.ToLower(s), slices.Contains(hashSizes, len(s)) && hexDigits.MatchString(s)
	},
	TypeHost: func(s string) (string, bool) {
		return strings.ToLower(strings.TrimSuffix(s, ".")), !strings.ContainsAny(s, " \t/")
	},
	TypeUser: func(s string) (string, bool) { return strings.ToLower(s), true },
	TypeCVE:  func(s string) (string, bool) { return strings.ToUpper(s), cveID.MatchString(s) },
}

func normalDomain(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	return s, len(s) <= 253 && domainName.MatchString(s)
}

// normalURL writes scheme and host in lower case and leaves the usual port away; path and
// query may mean something as they are written.
func normalURL(s string) (string, bool) {
	if !scheme.MatchString(s) {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return "", false
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), true
}

var fangs = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[at]", "@", "(at)", "@", "[@]", "@", "[://]", "://", "[:]//", "://", "[:]", ":")

// Refang writes a value as machines do, whatever a report made of it.
func Refang(s string) string {
	s = fangs.Replace(s)
	if m := defanged.FindStringSubmatch(s); m != nil {
		return map[string]string{"hxxp": "http", "fxp": "ftp"}[strings.ToLower(m[1])] + strings.ToLower(m[2]) + s[len(m[1])+len(m[2]):]
	}
	return s
}

// Key tells an artifact from others, and is short whatever the value: an index takes no
// long ones.
func Key(kind, value string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + value))
	return hex.EncodeToString(sum[:16])
}

// Defang writes a value so that no program makes a link of it.
func Defang(kind, value string) string {
	dots := func(s string) string { return strings.ReplaceAll(s, ".", "[.]") }
	switch kind {
	case TypeIP:
		if strings.Contains(value, ".") {
			return dots(value)
		}
		return strings.ReplaceAll(value, ":", "[:]")
	case TypeDomain:
		return dots(value)
	case TypeHost:
		return dots(value)
	case TypeEmail:
		return strings.Replace(dots(value), "@", "[@]", 1)
	case TypeURL:
		before, rest, _ := strings.Cut(value, "://")
		host, path, more := strings.Cut(rest, "/")
		if more {
			path = "/" + path
		}
		return strings.NewReplacer("http", "hxxp", "ftp", "fxp").Replace(before) + "://" + dots(host) + path
	}
	return value
}
