package openapi

// Table is what the runtime in the SDK for JavaScript sends requests by. Its fields
// are those of sdk/js/src/openapi.ts.
type Table struct {
	// Servers are the addresses that requests go to.
	Servers []Server `json:"servers"`
	// Operations are by the id of their action.
	Operations map[string]*Operation `json:"operations"`
}

// Server is an address that paths are appended to. One that begins with / has no
// host: a credential names it, in its field baseUrl.
type Server struct {
	// URL may hold {variable}, in its path alone.
	URL string `json:"url"`
	// Variables are the values of those by default.
	Variables map[string]string `json:"variables,omitempty"`
}

// Operation is how one request is made.
type Operation struct {
	Method string `json:"method"`
	// Path is a template with {parameter}.
	Path string `json:"path"`
	// Query is what the document's path has after its question mark.
	Query string `json:"query,omitempty"`
	// Servers are indices of the table's.
	Servers    []int       `json:"servers"`
	Parameters []Parameter `json:"parameters,omitempty"`
	Body       *Body       `json:"body,omitempty"`
	// Accept is the type of content that is asked for.
	Accept string `json:"accept,omitempty"`
	// Credentials are the types that the operation takes, any of them.
	Credentials []string `json:"credentials,omitempty"`
	// KeyHeader is a header that takes the call's idempotency key, where the input
	// gives none.
	KeyHeader string `json:"keyHeader,omitempty"`
	Page      *Page  `json:"page,omitempty"`
}

// Parameter is where a field of the input goes, and in which style, as OpenAPI
// names them.
type Parameter struct {
	Key     string `json:"key"` // in the input
	Name    string `json:"name"`
	In      string `json:"in"` // path, query, header, cookie, or server for a variable
	Style   string `json:"style,omitempty"`
	Explode bool   `json:"explode,omitempty"`
	// JSON says that the value goes as JSON.
	JSON bool `json:"json,omitempty"`
	// Reserved lets characters such as / stand as they are.
	Reserved bool `json:"reserved,omitempty"`
}

// Body is how the input's body is sent.
type Body struct {
	Key string `json:"key"`
	// As is json, form, multipart, text or bytes.
	As string `json:"as"`
	// Type is the type of content.
	Type string `json:"type"`
	// Fields are how fields of a form differ from what is usual.
	Fields map[string]FormField `json:"fields,omitempty"`
}

// FormField is how one field of a form is sent.
type FormField struct {
	// File says that its value is bytes: base64, or a blob.
	File bool   `json:"file,omitempty"`
	Type string `json:"type,omitempty"`
	// Style and Explode are those of a query, of forms that aren't multipart.
	Style   string `json:"style,omitempty"`
	Explode *bool  `json:"explode,omitempty"`
}

// Page is how further pages of an answer are asked for.
type Page struct {
	// By is link (the header Link), url (an address in the body), cursor (a value in
	// the body), page (a number that counts up) or offset.
	By string `json:"by"`
	// Items is where the list stands in the body; none is the body itself.
	Items []string `json:"items,omitempty"`
	// Next is where the address or the cursor stands.
	Next []string `json:"next,omitempty"`
	// Parameter takes the cursor, the number or the offset.
	Parameter string `json:"parameter,omitempty"`
	// Size is the parameter that says how many items a page has.
	Size string `json:"size,omitempty"`
	// First is the number of the first page.
	First int `json:"first,omitempty"`
}
