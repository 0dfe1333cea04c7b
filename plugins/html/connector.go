// Package html reads pages: as text, their links, their tables. Nothing of a page is
// run or fetched.
package html

import (
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// most is how long a page may be.
const most = 8 << 20

// TextInput is the input of text.
type TextInput struct {
	HTML  sdk.Text `json:"html" title:"Page" media:"text/html" doc:"At most 8 MiB, in UTF-8."`
	Links bool     `json:"links" default:"false" doc:"Write the address after each link's text, in angle brackets."`
}

// TextOutput is the output of text.
type TextOutput struct {
	Title string   `json:"title"`
	Text  sdk.Text `json:"text" media:"text/plain" doc:"Paragraphs and rows on lines of their own, items of lists with a dash, cells with bars between them."`
}

// LinksInput is the input of links.
type LinksInput struct {
	HTML  sdk.Text `json:"html" title:"Page" media:"text/html" doc:"At most 8 MiB, in UTF-8."`
	Base  string   `json:"base,omitempty" doc:"The page's own address, by which relative ones are made whole."`
	Kinds []string `json:"kinds,omitempty" enum:"link,image,form,frame,script,style,refresh" doc:"Only these; all where none is given."`
	Limit int      `json:"limit" default:"1000" min:"1" max:"10000" doc:"At most so many."`
}

// LinksOutput is the output of links.
type LinksOutput struct {
	Links     []Link `json:"links" doc:"In the order of the page."`
	Truncated bool   `json:"truncated" doc:"There were more than the limit."`
}

// Link is one address that a page names.
type Link struct {
	Kind string `json:"kind" enum:"link,image,form,frame,script,style,refresh" doc:"What the page does with it."`
	URL  string `json:"url" title:"URL" doc:"Whole, where a base is known; else as it stands there."`
	Text string `json:"text" doc:"What a reader sees: the text of a link, or of a picture what stands for it."`
	Host string `json:"host,omitempty" doc:"In lower case."`
	// Differs is what deception mostly looks like.
	Differs bool `json:"differs,omitempty" doc:"The text names another host than the address."`
}

// TablesInput is the input of tables.
type TablesInput struct {
	HTML   sdk.Text `json:"html" title:"Page" media:"text/html" doc:"At most 8 MiB, in UTF-8."`
	Header string   `json:"header" enum:"auto,first,none" default:"auto" doc:"Whether the first row names the columns; auto is where all its cells are marked as headings."`
	Limit  int      `json:"limit" default:"5000" min:"1" max:"20000" doc:"At most so many rows in all."`
}

// TablesOutput is the output of tables.
type TablesOutput struct {
	Tables    []Table `json:"tables" doc:"In the order in which they begin; one inside a cell of another is one of its own."`
	Truncated bool    `json:"truncated" doc:"There were more rows than the limit."`
}

// Table is one table.
type Table struct {
	Caption string              `json:"caption,omitempty"`
	Columns []string            `json:"columns" doc:"The heading's texts, or column1 and so on; a name that comes again has a number after it."`
	Rows    []map[string]string `json:"rows" doc:"An object a row, by the names of the columns. What spans several columns stands in each."`
}

// Connector makes the html connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "html", Version: "1.0.0", Name: "HTML", Category: "Data",
		Icon:        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='m8 7-5 5 5 5M16 7l5 5-5 5M13 5l-2 14'/></svg>",
		Description: "Reads pages as text, and finds their links and tables. Nothing of a page is run or fetched.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("text", sdk.ActionInfo{
		Name: "Page as text", Description: "Gives what a page says, without what makes it look so.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 20 * time.Second, MemoryPages: abi.MaxPages, Examples: textExamples,
	}, text), sdk.Act("links", sdk.ActionInfo{
		Name: "Links of a page", Description: "Finds what a page leads to or loads, and where a link's text names another host than its address.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 20 * time.Second, MemoryPages: abi.MaxPages, Examples: linksExamples,
	}, links), sdk.Act("tables", sdk.ActionInfo{
		Name: "Tables of a page", Description: "Reads the tables of a page as rows by the names of their columns.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 20 * time.Second, MemoryPages: abi.MaxPages, Examples: tablesExamples,
	}, tables))
}

const mailPage = `<html><head><title>Invoice &amp; more</title><base href="https://shop.example/a/"><style>p{color:red}</style></head>
<body><p>Dear customer,<br>see <a href="http://evil.example/login">https://bank.example/login</a>.</p><script>alert(1)</script>
<ul><li>one<li>two</ul><img src="pixel.png" alt="logo"><form action="/send"></form></body></html>`

var textExamples = []sdk.Example{{
	Name:   "a mail",
	Input:  map[string]any{"html": mailPage},
	Output: map[string]any{"title": "Invoice & more", "text": "Dear customer,\nsee https://bank.example/login.\n\n- one\n- two\n\n[logo]"},
}, {
	Name:   "with addresses",
	Input:  map[string]any{"html": `<p>Go <a href="http://a.example/">there</a></p><pre>a  b` + "\n" + `c</pre>`, "links": true},
	Output: map[string]any{"text": "Go there <http://a.example/>\n\na  b\nc"},
}}

var linksExamples = []sdk.Example{{
	Name:  "a mail that deceives",
	Input: map[string]any{"html": mailPage},
	Output: map[string]any{"links": []any{
		map[string]any{"kind": "link", "url": "http://evil.example/login", "text": "https://bank.example/login", "host": "evil.example", "differs": true},
		map[string]any{"kind": "image", "url": "https://shop.example/a/pixel.png", "text": "logo"},
		map[string]any{"kind": "form", "url": "https://shop.example/send", "host": "shop.example"},
	}, "truncated": false},
}, {
	Name:   "frames alone",
	Input:  map[string]any{"html": `<a href="x">x</a><iframe src="//cdn.example/f"></iframe>`, "base": "https://a.example/b", "kinds": []string{"frame"}},
	Output: map[string]any{"links": []any{map[string]any{"kind": "frame", "url": "https://cdn.example/f", "host": "cdn.example"}}},
}}

var tablesExamples = []sdk.Example{{
	Name: "a report",
	Input: map[string]any{"html": `<table><caption>Hosts</caption><tr><th>Host<th>Score<th>Score</tr>
<tr><td>a.example</td><td colspan=2>90</td></tr><tr><td>b.example</td></tr></table>`},
	Output: map[string]any{"tables": []any{map[string]any{
		"caption": "Hosts", "columns": []string{"Host", "Score", "Score 2"},
		"rows": []any{map[string]any{"Host": "a.example", "Score": "90", "Score 2": "90"}, map[string]any{"Host": "b.example", "Score": ""}},
	}}},
}, {
	Name:   "without a heading",
	Input:  map[string]any{"html": `<table><tr><td>1</td><td>2</td></tr></table>`},
	Output: map[string]any{"tables": []any{map[string]any{"columns": []string{"column1", "column2"}, "rows": []any{map[string]any{"column1": "1", "column2": "2"}}}}},
}}

func load(page sdk.Text) (string, error) {
	raw, err := page.Bytes(most)
	return strings.ToValidUTF8(string(raw), "\ufffd"), err
}
