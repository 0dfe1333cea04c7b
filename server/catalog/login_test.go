package catalog

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// TestStreamsOfManifests holds what a manifest may ask of streams, and what an admin reads.
func TestStreamsOfManifests(t *testing.T) {
	fields := json.RawMessage(`{"type":"object","properties":{"username":{"type":"string"},"password":{"type":"string","writeOnly":true}}}`)
	open := json.RawMessage(`{"type":"object","properties":{"password":{"type":"string"}}}`)
	for name, tt := range map[string]struct {
		net        abi.NetCapability
		credential abi.CredentialOf
		fault      string
	}{
		"those named":      {abi.NetCapability{Host: "*", Reason: "r"}, abi.CredentialOf{Apply: "login", Fields: fields, Login: []string{abi.LoginSMTPPlain}}, ""},
		"those, of a port": {abi.NetCapability{Host: "*", Port: 25, Reason: "r"}, abi.CredentialOf{Apply: "login", Fields: fields, Login: []string{abi.LoginSMTPPlain}}, "leave port at 0"},
		"no port":          {abi.NetCapability{Host: "a.example", Reason: "r"}, abi.CredentialOf{Apply: "login", Fields: fields, Login: []string{abi.LoginSMTPPlain}}, "port 0 must be"},
		"no way":           {abi.NetCapability{Host: "*", Reason: "r"}, abi.CredentialOf{Apply: "login", Fields: fields}, "name the ways"},
		"unknown":          {abi.NetCapability{Host: "*", Reason: "r"}, abi.CredentialOf{Apply: "login", Fields: fields, Login: []string{"telnet"}}, "must be one of"},
		"twice":            {abi.NetCapability{Host: "*", Reason: "r"}, abi.CredentialOf{Apply: "login", Fields: fields, Login: []string{abi.LoginIMAPPlain, abi.LoginIMAPPlain}}, "stands twice"},
		"not secret":       {abi.NetCapability{Host: "*", Reason: "r"}, abi.CredentialOf{Apply: "login", Fields: open, Login: []string{abi.LoginIMAPPlain}}, "with writeOnly"},
	} {
		tt.credential.Type = "demo.login"
		m := abi.Manifest{
			ID: "demo", Version: "1.0.0", ABI: abi.Version, Name: "Demo", Description: "d", Credentials: []abi.CredentialOf{tt.credential}, Capabilities: abi.Capabilities{Net: []abi.NetCapability{tt.net}},
			Actions: []abi.Action{{ID: "a", Name: "A", Description: "d", Effect: abi.EffectRead, Input: json.RawMessage(`{"type":"object"}`), Output: json.RawMessage(`{}`)}},
		}
		_, err := compileManifest(m)
		if tt.fault == "" && err != nil || tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ask := Ask{Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", TLS: true, Reason: "r"}}}, Credentials: []abi.CredentialOf{{Type: "demo.login", Apply: "login", Login: []string{abi.LoginSMTPPlain}}}}
	list := wants(ask)
	if len(list) != 2 || list[0].Sentence != "can open a stream to the hosts and ports that you name, encrypted (TLS)" || list[0].Risk != "high" || !strings.Contains(list[1].Sentence, "can log in with credentials of the type demo.login") {
		t.Errorf("%+v", list)
	}
	more := ask
	more.Credentials = []abi.CredentialOf{{Type: "demo.login", Apply: "login", Login: []string{abi.LoginSMTPPlain, abi.LoginLDAPSimple}}}
	if len(wider(ask, ask)) != 0 || len(wider(ask, more)) != 1 {
		t.Errorf("another way is no wider: %+v", wider(ask, more))
	}
}
