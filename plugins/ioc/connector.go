// Package ioc finds indicators of compromise in text, also where they were made
// harmless for reading, and converts between the two forms.
package ioc

import (
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// maxText is how much text one call looks through.
const maxText = 16 << 20

// ExtractInput is the input of extract.
type ExtractInput struct {
	Text   sdk.Text `json:"text,omitempty" media:"text/plain" doc:"The text to look through. At most 16 MiB."`
	URLs   []string `json:"urls,omitempty" title:"URLs" doc:"Addresses that were found elsewhere, such as a mail's links; each counts as one more finding."`
	Types  []string `json:"types,omitempty" enum:"ipv4,ipv6,domain,url,email,md5,sha1,sha256,cve" doc:"Only these types; all where none is given."`
	Ignore []string `json:"ignore,omitempty" doc:"Domains and addresses that are your own: example.com means that name, *.example.com what is under it as well."`
	Limit  int      `json:"limit" default:"5000" min:"1" max:"20000" doc:"At most so many indicators."`
}

// ExtractOutput is the output of extract.
type ExtractOutput struct {
	Indicators []Indicator    `json:"indicators" doc:"In the order in which they were first found."`
	Counts     map[string]int `json:"counts" doc:"How many different indicators of each type."`
	Truncated  bool           `json:"truncated" doc:"There were more than the limit."`
}

// Indicator is one thing found, however often and in whatever form.
type Indicator struct {
	Type     string `json:"type" enum:"ipv4,ipv6,domain,url,email,md5,sha1,sha256,cve"`
	Value    string `json:"value" doc:"The normal form: refanged, hosts in lower case and in ASCII (punycode)."`
	Defanged string `json:"defanged" doc:"A form that nothing makes a link of."`
	// Unicode is what a reader sees of an international name.
	Unicode    string `json:"unicode,omitempty" doc:"An international host as a reader sees it."`
	Registered string `json:"registered,omitempty" doc:"The registered domain: the public suffix and one label more."`
	Host       string `json:"host,omitempty" doc:"The host of a url or an email."`
	First      Found  `json:"first" doc:"Where it was found first."`
	Count      int    `json:"count" doc:"How often it was found."`
	// Reserved says that an address is in no public network.
	Reserved string `json:"reserved,omitempty" doc:"For an IP address that is not public: private, loopback, link-local, multicast, documentation, shared or reserved."`
	Note     string `json:"note,omitempty" doc:"Why it may be no indicator: version (a version number), file (may be a file's name)."`
}

// Found is a place in the input.
type Found struct {
	Offset  int    `json:"offset" doc:"Byte offset in text, or -1 where it comes from urls."`
	Written string `json:"written" doc:"As it stands there."`
}

// TextInput is the input of defang and refang.
type TextInput struct {
	Text sdk.Text `json:"text" media:"text/plain" doc:"At most 4 MiB."`
}

// TextOutput is the output of defang and refang.
type TextOutput struct {
	Text string `json:"text"`
}

// Connector makes the ioc connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "ioc", Version: "1.0.0", Name: "Indicators", Icon: "scan-search", Category: "Intelligence",
		Description: "Finds addresses, domains, URLs, hashes and CVE ids in text, and makes them harmless or live again.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("extract", sdk.ActionInfo{
		Name: "Extract indicators",
		Description: "Finds IP addresses, domains with a real public suffix, URLs, mail addresses, MD5, SHA-1 and SHA-256 " +
			"hashes and CVE ids, also in forms such as hxxp and [.], each once with where it was found.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 20 * time.Second, MemoryPages: abi.MaxPages, Examples: extractExamples,
	}, extractAction), sdk.Act("defang", sdk.ActionInfo{
		Name: "Defang", Description: "Makes every URL, address and domain in a text harmless for reading and sending.",
		Effect: abi.EffectNone, Idempotent: true, MemoryPages: 512, Inverse: "refang", Examples: defangExamples,
	}, textAction(Defang)), sdk.Act("refang", sdk.ActionInfo{
		Name: "Refang", Description: "Turns harmless forms (hxxp, [.], [at] and their like) back into live ones.",
		Effect: abi.EffectNone, Idempotent: true, MemoryPages: 512, Inverse: "defang", Examples: refangExamples,
	}, textAction(Refang)))
}

func extractAction(_ *sdk.Context, in ExtractInput) (ExtractOutput, error) {
	text, err := in.Text.Bytes(maxText)
	if err != nil {
		return ExtractOutput{}, err
	}
	x := newExtractor(in)
	x.text(strings.ToValidUTF8(string(text), "?"))
	for _, url := range in.URLs {
		x.given(url)
	}
	return x.result(), nil
}

func textAction(change func(string) string) func(*sdk.Context, TextInput) (TextOutput, error) {
	return func(_ *sdk.Context, in TextInput) (TextOutput, error) {
		text, err := in.Text.Bytes(4 << 20)
		return TextOutput{Text: change(string(text))}, err
	}
}
