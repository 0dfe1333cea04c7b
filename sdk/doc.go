// Package sdk is what the author of a Drawbridge connector writes against. A
// connector is a set of typed actions; the JSON Schema of their input and
// output, the manifest and the documentation are made from the Go types.
//
//	type Input struct {
//		Host string `json:"host" doc:"The host to look up." format:"hostname"`
//		Deep bool   `json:"deep,omitempty" doc:"Also look at the parents." default:"false"`
//	}
//	type Output struct {
//		Score int `json:"score" doc:"From 0, harmless, to 100."`
//	}
//
//	func Connector() *sdk.Connector {
//		return sdk.NewConnector(sdk.Info{ID: "reputation", Version: "1.0.0", Name: "Reputation"},
//			sdk.Act("lookup", sdk.ActionInfo{Name: "Look up", Effect: abi.EffectNone},
//				func(c *sdk.Context, in Input) (Output, error) {
//					if in.Host == "localhost" {
//						return Output{}, sdk.BadInput("/host", "give a public host")
//					}
//					return Output{Score: 10}, nil
//				}))
//	}
//
// The main package of the module registers its connectors from init, because a
// WebAssembly reactor runs initialisers and never main:
//
//	func init() { sdk.Register(reputation.Connector()) }
//	func main() { sdk.Main() }
//
// Run natively with -manifest it prints the manifest, a list where it carries
// several connectors. Compiled with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o reputation.wasm
//
// it exports the functions that package abi names. `drawbridge plugin build`
// does both and joins the two.
//
// Every action needs an example: package sdktest runs them, and fails where there is
// none. The fields of its output, or the code of its error, must be in the answer.
//
// # Struct tags
//
//	json:"name,omitempty"  the name; a field with omitempty or omitzero is optional
//	optional:"true"        optional without omitempty
//	doc:"…"                description, for people
//	title:"…"              a label, where the name does not do
//	default:"…"            used when the field is absent or null; makes it optional
//	enum:"a,b"             the only values allowed
//	format:"uri"           a JSON Schema format
//	media:"text/plain"     contentMediaType; says that a Text or Blob field holds this
//	encoding:"base64"      contentEncoding
//	example:"…"            one example value
//	min:"1" max:"10"       bounds of a number
//	options:"boards value=id label=name project={{project}}"
//	                       the action of this connector that lists the values (it reads at
//	                       most), the fields of its items, and its input: {{project}} is
//	                       the parameter project of the node
//
// A pointer is optional and may be null. An input field that the struct does not
// have is refused as bad_input, so that a typing error in a flow is not silent.
package sdk
