// Package ssh runs commands on machines that are reached by SSH. What comes from outside
// is an argument of a command there, and nothing else, whatever it holds.
package ssh

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Time of the actions. A command has the time that the input says, within that.
const (
	runTimeout   = 5 * time.Minute
	checkTimeout = 30 * time.Second
	loginTime    = 25 * time.Second
)

// Server is the machine.
type Server struct {
	Host string `json:"host" example:"web1.corp.example" doc:"As the credential names it, with the port."`
	Port int    `json:"port" default:"22" min:"1" max:"65535"`
}

// RunInput is the input of run and of read.
type RunInput struct {
	Server
	Command   string   `json:"command" example:"systemctl" doc:"A program there, by name or path: one word, which is taken as it is. A pipe or a script belongs into a file there."`
	Arguments []string `json:"arguments,omitempty" example:"[\"restart\",\"--\"]" doc:"Options and words of your own, each one argument whatever it holds."`
	Values    []string `json:"values,omitempty" doc:"What comes from outside, such as from an alert: arguments after the others, none of which may begin with a dash and so be taken for an option."`
	Input     sdk.Text `json:"input,omitempty" media:"text/plain" title:"Standard input" doc:"At most 1 MiB."`
	Seconds   int      `json:"seconds" default:"30" min:"1" max:"240" title:"Time in seconds" doc:"How long the command may take."`
}

// RunOutput is the output of run and of read.
type RunOutput struct {
	OK           bool   `json:"ok" title:"OK" doc:"The command ended by itself, and with the status 0."`
	ExitCode     int    `json:"exitCode" doc:"Its exit status; 128 and the number of the signal where one ended it."`
	Signal       string `json:"signal" doc:"The signal that ended it, such as KILL; mostly empty."`
	Stdout       string `json:"stdout" title:"Output" doc:"As UTF-8, what isn't replaced by �. Both outputs hold at most 1 MiB together."`
	Stderr       string `json:"stderr" title:"Standard error"`
	Milliseconds int    `json:"milliseconds" doc:"How long the command took, the log-in left out."`
	HostKey      string `json:"hostKey" doc:"The type and the fingerprint of the key that the server showed."`
}

// CheckOutput is the output of check.
type CheckOutput struct {
	Server  string `json:"server" example:"SSH-2.0-OpenSSH_9.2p1" doc:"What it names itself."`
	HostKey string `json:"hostKey" doc:"The type and the fingerprint of its key."`
}

const hostKeysField = `"hostKeys":{"type":"string","title":"Host keys","description":"The server's keys, one a line: as ssh-keyscan prints them, or the fingerprint alone, such as SHA256:… Compare them with what the server's administrators say. No other server is given the secret.","minLength":1,"contentMediaType":"text/plain"}`

const userField = `"username":{"type":"string","title":"User","minLength":1}`

const passwordFields = `{"type":"object","required":["username","password","hostKeys"],"additionalProperties":false,"properties":{` + userField + `,"password":{"type":"string","title":"Password","minLength":1,"writeOnly":true},` + hostKeysField + `}}`

const keyFields = `{"type":"object","required":["username","privateKey","hostKeys"],"additionalProperties":false,"properties":{` + userField + `,"privateKey":{"type":"string","title":"Private key","description":"Whole, as ssh-keygen writes it.","minLength":1,"writeOnly":true},"passphrase":{"type":"string","title":"Passphrase","description":"Of the private key, where it has one.","writeOnly":true},` + hostKeysField + `}}`

// credentials are what servers are logged in with; the host does it.
var credentials = []abi.CredentialOf{
	{Type: "ssh.key", Apply: "login", Fields: json.RawMessage(keyFields), Login: []string{abi.LoginSSH}},
	{Type: "ssh.password", Apply: "login", Fields: json.RawMessage(passwordFields), Login: []string{abi.LoginSSH}},
}

// Connector makes the ssh connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "ssh", Version: "1.0.0", Name: "SSH", Icon: "terminal", Category: "Endpoint",
		Description: "Runs a command of yours on a machine, with arguments that can't become commands themselves.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Credentials:  credentials,
		Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", TLS: true, Reason: "To run commands on the machines that the credential names."}}},
	}, sdk.Act("run", sdk.ActionInfo{
		Name: "Run a command", Description: "Runs a program there, which may change or break what its user may. After an interruption a person is asked whether it ran.",
		Effect: abi.EffectDestructive, Timeout: runTimeout, Examples: runExamples,
	}, run), sdk.Act("read", sdk.ActionInfo{
		Name: "Read by a command", Description: "Runs a program that changes nothing there, which its author answers for: it may be run again, and in dry runs.",
		Effect: abi.EffectRead, Idempotent: true, Timeout: runTimeout, Examples: runExamples,
	}, read), sdk.Act("check", sdk.ActionInfo{
		Name: "Check a machine", Description: "Compares the host key and logs in, and runs nothing.",
		Effect: abi.EffectRead, Idempotent: true, Timeout: checkTimeout, Examples: checkExamples,
	}, check))
}
