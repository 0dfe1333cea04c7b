package catalog

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Fields of a credential that logs in by SSH with a key, or signs tokens by one.
const (
	fieldPrivateKey = "privateKey"
	fieldPassphrase = "passphrase"
)

// PrivateKey reads a private key as ssh-keygen writes it, with its passphrase where it
// takes one. What is wrong with it is a [FieldError], which repeats neither.
func PrivateKey(key, passphrase string) (ssh.Signer, error) {
	text := append(bytes.TrimSpace([]byte(strings.ReplaceAll(key, "\r\n", "\n"))), '\n')
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return signer, nil
	case errors.As(err, &locked) && passphrase == "":
		return nil, &FieldError{fieldPassphrase, "the private key takes a passphrase, and there is none"}
	case errors.As(err, &locked):
		if signer, err = ssh.ParsePrivateKeyWithPassphrase(text, []byte(passphrase)); err == nil {
			return signer, nil
		}
		return nil, &FieldError{fieldPassphrase, "the passphrase doesn't open the private key"}
	}
	return nil, &FieldError{fieldPrivateKey, "the private key can't be read: give it whole, as ssh-keygen wrote it, from BEGIN to END"}
}

// checkKey reads the private key of a credential that logs in by SSH or signs tokens: one
// that can't be read is of no use, and whoever saves it has the right one at hand.
func (t *CredentialType) checkKey(fields map[string]string) (err error) {
	key, passphrase := fields[fieldPrivateKey], fields[fieldPassphrase]
	token := slices.ContainsFunc(t.Sign, func(name string) bool {
		scheme, _ := FindSignScheme(name)
		return scheme.Token
	})
	switch {
	case key == "":
	case slices.Contains(t.Login, abi.LoginSSH):
		_, err = PrivateKey(key, passphrase)
	case token:
		_, err = ReadTokenKey(key, passphrase)
	}
	return err
}
