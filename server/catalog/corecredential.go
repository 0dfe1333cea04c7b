package catalog

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// coreConnector stands for the server itself where a type of credential says whose
// it is: triggers use those types. No connector can have this id.
const coreConnector = "trigger"

// Types of credentials that triggers use.
const (
	CredentialSigning = "trigger.signing"
	CredentialBearer  = "trigger.bearer"
	CredentialBasic   = "trigger.basic"
	CredentialIMAP    = "trigger.imap"
)

// coreCredentials are the types that the server declares for its triggers.
var coreCredentials = sync.OnceValue(func() []CredentialType {
	raw, err := coreFiles.ReadFile("core/credentials.json")
	if err != nil {
		panic(err) // it is part of the binary
	}
	var declared []abi.CredentialOf
	if err := decodeStrict(raw, &declared); err != nil {
		panic(fmt.Sprintf("built-in types of credentials: %v", err))
	}
	list := make([]CredentialType, len(declared))
	for i, d := range declared {
		list[i] = CredentialType{CredentialOf: d, Connector: coreConnector, Secret: secretFields(d.Fields)}
		if list[i].schema, err = objectSchema(d.Fields); err != nil {
			panic(fmt.Sprintf("built-in type of credentials %s: %v", d.Type, err))
		}
	}
	return list
})

// Networks reads a list of networks as a person writes it into a credential: with
// commas or blanks between them.
func Networks(text string) ([]Network, error) {
	var list []Network
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }) {
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fmt.Errorf("%q is not a network: write its first address and the length of its prefix, such as 10.20.0.0/16", part)
		}
		list = append(list, Network{Prefix: prefix})
	}
	return list, Grant{Networks: list}.Check()
}
