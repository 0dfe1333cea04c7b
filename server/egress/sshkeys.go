package egress

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// fingerprint begins what OpenSSH shows a key by.
const fingerprint = "SHA256:"

// hostKeys are the keys that a server may show. There is no way to take any.
type hostKeys struct {
	prints     []string // of any host that the credential is for
	keys       []ssh.PublicKey
	algorithms []string // empty is whatever the server has
}

// readHostKeys reads which keys a credential names for a place: fingerprints, and lines
// as known_hosts and ssh-keyscan have them, of which those of other hosts don't count.
func readHostKeys(text, host string, port int) (*hostKeys, error) {
	known, named := &hostKeys{}, 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		named++
		if strings.HasPrefix(line, fingerprint) {
			known.prints = append(known.prints, strings.Fields(line)[0])
			continue
		}
		marker, hosts, key, _, _, err := ssh.ParseKnownHosts([]byte(line))
		switch {
		case err != nil:
			return nil, refuse(abi.ErrnoDenied, "line %d of its host keys is neither a fingerprint such as SHA256:… nor a line such as ssh-keyscan prints", i+1)
		case marker != "":
			return nil, refuse(abi.ErrnoDenied, "line %d of its host keys begins with @%s, which isn't heeded here: name the keys themselves", i+1, cut(marker, maxMethod))
		case slices.ContainsFunc(hosts, func(h string) bool { return strings.ContainsAny(h, "|*?!") }):
			return nil, refuse(abi.ErrnoDenied, "line %d of its host keys hides its host or stands for several: write the host as it is, as ssh-keyscan does without -H", i+1)
		case namesHost(hosts, host, port):
			known.keys = append(known.keys, key)
		}
	}
	switch {
	case named == 0:
		return nil, refuse(abi.ErrnoDenied, "it names no host key, and without one nobody knows whom the secret is given to: an admin adds the server's, as ssh-keyscan prints it")
	case len(known.prints)+len(known.keys) == 0:
		return nil, refuse(abi.ErrnoDenied, "none of its host keys is of %s: an admin adds it", knownAs(host, port))
	case len(known.prints) == 0:
		known.choose()
	}
	return known, nil
}

// choose has the server show a key of those types that are known, where it has others too.
func (k *hostKeys) choose() {
	for _, key := range k.keys {
		if key.Type() == ssh.KeyAlgoRSA {
			k.algorithms = append(k.algorithms, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else {
			k.algorithms = append(k.algorithms, key.Type())
		}
	}
}

// knownAs is how known_hosts names a place.
func knownAs(host string, port int) string {
	if port == 22 {
		return host
	}
	return "[" + host + "]:" + strconv.Itoa(port)
}

func namesHost(hosts []string, host string, port int) bool {
	return slices.ContainsFunc(hosts, func(h string) bool {
		return strings.EqualFold(h, knownAs(host, port)) || port == 22 && strings.EqualFold(h, net.JoinHostPort(host, "22"))
	})
}

// holds says whether a key is one of those.
func (k *hostKeys) holds(key ssh.PublicKey) bool {
	return slices.Contains(k.prints, ssh.FingerprintSHA256(key)) ||
		slices.ContainsFunc(k.keys, func(known ssh.PublicKey) bool { return bytes.Equal(known.Marshal(), key.Marshal()) })
}

// signer reads a credential's private key. What is wrong with it is said without it.
func (a *applied) signer() (ssh.Signer, error) {
	signer, err := catalog.PrivateKey(a.field("privateKey"), a.field("passphrase"))
	if err != nil {
		return nil, refuse(abi.ErrnoDenied, "%s", err)
	}
	return signer, nil
}

// keyLines are the lines of a private key that alone would tell something of it.
func (a *applied) keyLines() []string {
	return slices.DeleteFunc(strings.Fields(a.field("privateKey")), func(line string) bool { return len(line) < 16 })
}

// answers logs in as the credential does.
func (a *applied) answers() ([]ssh.AuthMethod, error) {
	if a.field("privateKey") != "" {
		signer, err := a.signer()
		if err != nil {
			return nil, err
		}
		return []ssh.AuthMethod{ssh.PublicKeys(signer)}, nil
	}
	password := a.field("password")
	if password == "" {
		return nil, refuse(abi.ErrnoDenied, "it has neither a private key nor a password")
	}
	given := false // a wrong one counts, and isn't given twice
	ask := func() (string, error) {
		if given {
			return "", errAsksMore
		}
		given = true
		return password, nil
	}
	asked := func(_, _ string, questions []string, echos []bool) ([]string, error) {
		switch {
		case len(questions) == 0:
			return nil, nil
		case len(questions) > 1 || echos[0]:
			return nil, errAsksMore
		}
		answer, err := ask()
		return []string{answer}, err
	}
	return []ssh.AuthMethod{ssh.PasswordCallback(ask), ssh.KeyboardInteractive(asked)}, nil
}

var errAsksMore = errors.New("the server asks for more than a password")

// closedEarly says whether the other side went away.
func closedEarly(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
