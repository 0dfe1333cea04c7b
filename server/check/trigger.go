package check

import (
	"errors"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// CredentialOfHook is the type of the credential that a way to verify requests
// needs; "" where it needs none.
func CredentialOfHook(verify string) string {
	switch verify {
	case flow.VerifyStandard, flow.VerifyHMAC:
		return catalog.CredentialSigning
	case flow.VerifyBasic:
		return catalog.CredentialBasic
	case flow.VerifyBearer:
		return catalog.CredentialBearer
	}
	return ""
}

// hook finds what would stop a webhook from taking requests.
func (c *checker) hook(at string, n *flow.Node) {
	if n.Type != flow.TypeWebhook {
		return
	}
	hook, err := flow.ParseHook(n.With)
	var wrong *flow.HookError
	if errors.As(err, &wrong) {
		if verify, _ := n.With["verify"].(string); wrong.Field != "/verify" || expr.IsTemplate(verify) { // the schema says the rest
			c.report("webhook.signature", at+"/with"+wrong.Field, n.ID, wrong.Message, "")
		}
		return
	}
	c.triggerCredential(at, n, CredentialOfHook(hook.Verify), "verify is "+hook.Verify)
}

// triggerCredential sees to it that a trigger has the credential that it needs, of
// the type wanted; why says what needs it.
func (c *checker) triggerCredential(at string, n *flow.Node, wanted, why string) {
	declared, known := c.doc.Credentials[n.Credential]
	switch {
	case wanted == "" && n.Credential != "":
		c.report("credential.unused", at+"/credential", n.ID, why+", so that nothing uses the credential "+strconv.Quote(n.Credential), "say how it is used, or take the credential away")
	case wanted == "":
	case n.Credential == "":
		c.report("credential.missing", at+"/credential", n.ID, why+" and no credential is named", "name one of the type "+wanted)
	case known && declared.Type != wanted:
		c.report("credential.type", at+"/credential", n.ID, why+" and needs a credential of the type "+wanted+", "+strconv.Quote(n.Credential)+" is of "+declared.Type, "name one of the type "+wanted)
	}
}

// mailbox finds what would stop a mailbox from being watched.
func (c *checker) mailbox(at string, n *flow.Node) {
	if n.Type != flow.TypeMailbox {
		return
	}
	var wrong *flow.MailboxError
	if _, err := flow.ParseMailbox(n.With); errors.As(err, &wrong) {
		c.report("mailbox.invalid", at+"/with/"+wrong.Field, n.ID, wrong.Message, wrong.Fix)
	}
	c.triggerCredential(at, n, catalog.CredentialIMAP, "the mail server asks for a log-in")
}
