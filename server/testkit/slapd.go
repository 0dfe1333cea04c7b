//go:build unix

package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Directory is a slapd with people below ou=people,dc=corp,dc=example, of whom user00042
// is one, groups below ou=groups, and an account that may change them: [DirectoryAdmin].
// Its people have the attributes of Active Directory as well.
type Directory struct {
	// Plain is the port to begin at in plain text, Secure that of TLS from the first byte.
	Plain, Secure int
}

// DirectoryAdmin logs in by [DirectoryPassword].
const (
	DirectoryAdmin    = "cn=admin,dc=corp,dc=example"
	DirectoryPassword = "ldap-pass-of-the-test"
)

const slapdConfig = `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.96 NAME 'pwdLastSet' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.146 NAME 'objectSid' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.32473.1 NAME 'directoryAccount' SUP top AUXILIARY MAY ( sAMAccountName $ userPrincipalName $ userAccountControl $ pwdLastSet $ objectSid ) )
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile %[1]s/slapd.pid
TLSCACertificateFile %[2]s
TLSCertificateFile %[3]s
TLSCertificateKeyFile %[4]s
TLSVerifyClient never
sizelimit 1000
database mdb
suffix "dc=corp,dc=example"
rootdn "` + DirectoryAdmin + `"
rootpw ` + DirectoryPassword + `
directory %[1]s/data
maxsize 268435456
dbnosync
limits dn.exact="cn=reader,dc=corp,dc=example" size.soft=100 size.hard=1000 size.prtotal=unlimited
index objectClass,uid,sAMAccountName,manager,member eq
overlay ppolicy
ppolicy_default "cn=policy,dc=corp,dc=example"
access to attrs=userPassword by self write by anonymous auth by * none
access to * by users read
`

const directoryTop = `dn: dc=corp,dc=example
objectClass: dcObject
objectClass: organization
o: Corp
dc: corp

dn: ou=people,dc=corp,dc=example
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=corp,dc=example
objectClass: organizationalUnit
ou: groups

dn: cn=policy,dc=corp,dc=example
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMustChange: TRUE

dn: cn=reader,dc=corp,dc=example
objectClass: person
objectClass: simpleSecurityObject
cn: reader
sn: reader
userPassword: ` + DirectoryPassword + `

`

// person has number and kind of account: 512 is a usual one in Active Directory.
const person = `dn: uid=user%05[1]d,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
objectClass: directoryAccount
uid: user%05[1]d
sAMAccountName: user%05[1]d
cn: Person %[1]d
sn: Person
mail: user%05[1]d@corp.example
manager: uid=user%05[2]d,ou=people,dc=corp,dc=example
userAccountControl: 512
pwdLastSet: 133000000000000000
objectSid:: AQUAAAAAAAUVAAAA3PTc7o36Grx6n1hn9AEAAA==
userPassword: first-password

`

// NewDirectory starts a slapd with so many people.
func NewDirectory(t testing.TB, pair *Pair, people int) *Directory {
	t.Helper()
	path := program(t, "slapd", "slapd")
	folder := OpenFolder(t)
	data := filepath.Join(folder, "data")
	if err := os.Mkdir(data, 0o755); err != nil { //nolint:gosec // the server is another user
		t.Fatal(err)
	}
	own(t, data)
	d := &Directory{FreePort(t), FreePort(t)}
	config := write(t, folder, "slapd.conf", fmt.Sprintf(slapdConfig, folder, pair.RootFile, pair.CertFile, pair.KeyFile))
	var ldif strings.Builder
	ldif.WriteString(directoryTop)
	for i := range people {
		fmt.Fprintf(&ldif, person, i, i/10)
	}
	for name, members := range map[string][]int{"admins": {1, 42}, "sales": {2, 42}, "all (old)*": {42}} {
		fmt.Fprintf(&ldif, "dn: cn=%s,ou=groups,dc=corp,dc=example\nobjectClass: groupOfNames\ncn: %s\n", name, name)
		for _, m := range members {
			fmt.Fprintf(&ldif, "member: uid=user%05d,ou=people,dc=corp,dc=example\n", m)
		}
		ldif.WriteString("\n")
	}
	ldif.WriteString("dn: cn=staff,ou=groups,dc=corp,dc=example\nobjectClass: groupOfNames\ncn: staff\nmember: cn=sales,ou=groups,dc=corp,dc=example\nmember: cn=staff,ou=groups,dc=corp,dc=example\n")
	add := exec.Command("/usr/sbin/slapadd", "-q", "-f", config, "-l", write(t, folder, "people.ldif", ldif.String())) //nolint:gosec,noctx // the test's own files
	if os.Geteuid() == 0 {
		add.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	run(t, listens(d.Plain), path, "-d", "0", "-f", config, "-h", fmt.Sprintf("ldap://127.0.0.1:%d ldaps://127.0.0.1:%d", d.Plain, d.Secure))
	return d
}
