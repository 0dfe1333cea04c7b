// Package csv writes tables as text. They are read by the connector text.
package csv

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// most is how long a table may become.
const most = 8 << 20

// Input is the input of format.
type Input struct {
	Rows      []map[string]json.RawMessage `json:"rows" doc:"An object a row, such as text.csv_parse gives."`
	Columns   []string                     `json:"columns,omitempty" doc:"Which columns, in their order; where none is given, all that any row has, by name."`
	Delimiter string                       `json:"delimiter" enum:"comma,semicolon,tab,pipe" default:"comma"`
	Header    bool                         `json:"header" default:"true" doc:"Begin with the names of the columns."`
	Formulas  string                       `json:"formulas" enum:"defuse,keep" default:"defuse" doc:"What begins with = + - @ is run by spreadsheets: defuse puts an apostrophe before it, unless it is a number."`
}

// Output is the output of format.
type Output struct {
	Text    sdk.Text `json:"text" media:"text/csv" doc:"The table, with lines that end as RFC 4180 says."`
	Columns []string `json:"columns"`
	Count   int      `json:"count" doc:"How many rows it has, besides the header."`
}

// Connector makes the csv connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "csv", Version: "1.0.0", Name: "CSV", Category: "Data",
		Icon:        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 4h16v16H4zM4 10h16M10 4v16'/></svg>",
		Description: "Writes rows as comma-separated values, safe to open in a spreadsheet. Text reads them.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("format", sdk.ActionInfo{
		Name: "Write CSV", Description: "Writes a list of objects as a table (RFC 4180), for a mail, a ticket or a spreadsheet.",
		Effect: abi.EffectNone, Idempotent: true, MemoryPages: 512, Examples: examples,
	}, format))
}

var examples = []sdk.Example{{
	Name: "findings",
	Input: map[string]any{
		"rows":    []any{map[string]any{"host": "a.example", "score": 90, "note": `says "hi", twice`}, map[string]any{"host": "b.example", "tags": []string{"vip"}}},
		"columns": []string{"host", "score", "note", "tags"},
	},
	Output: map[string]any{"text": "host,score,note,tags\r\na.example,90,\"says \"\"hi\"\", twice\",\r\nb.example,,,\"[\"\"vip\"\"]\"\r\n", "count": 2},
}, {
	Name:   "what a spreadsheet would run",
	Input:  map[string]any{"rows": []any{map[string]any{"b": "-1.5", "a": "=HYPERLINK(\"http://evil.example\")"}}, "delimiter": "semicolon"},
	Output: map[string]any{"text": "a;b\r\n\"'=HYPERLINK(\"\"http://evil.example\"\")\";-1.5\r\n", "columns": []string{"a", "b"}},
}}

func format(c *sdk.Context, in Input) (Output, error) {
	if len(in.Columns) == 0 {
		seen := map[string]bool{}
		for _, row := range in.Rows {
			for name := range row {
				seen[name] = true
			}
		}
		for name := range seen {
			in.Columns = append(in.Columns, name)
		}
		slices.Sort(in.Columns)
	}
	w := &writer{delimiter: map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}[in.Delimiter], defuse: in.Formulas == "defuse"}
	if in.Header && len(in.Columns) > 0 {
		w.line(in.Columns)
	}
	cells := make([]string, len(in.Columns))
	for i, row := range in.Rows {
		for j, name := range in.Columns {
			cells[j] = cell(row[name])
		}
		w.line(cells)
		if w.out.Len() > most {
			return Output{}, sdk.TooLarge("the table has more than %d MiB at row %d: give fewer rows or columns", most>>20, i+1)
		}
	}
	text, err := c.StoreText(w.out.String(), "text/csv")
	return Output{Text: text, Columns: in.Columns, Count: len(in.Rows)}, err
}

// cell is a value as a table shows it: texts as they are, nothing for null, all else as JSON.
func cell(raw json.RawMessage) string {
	var text string
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return text
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return string(raw)
	}
	return compact.String()
}

type writer struct {
	out       strings.Builder
	delimiter string
	defuse    bool
}

func (w *writer) line(cells []string) {
	for i, text := range cells {
		if i > 0 {
			w.out.WriteString(w.delimiter)
		}
		if w.defuse && dangerous(text) {
			text = "'" + text
		}
		if strings.ContainsAny(text, "\"\r\n"+w.delimiter) || text != strings.TrimSpace(text) || len(cells) == 1 && text == "" {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		w.out.WriteString(text)
	}
	w.out.WriteString("\r\n")
}

// dangerous says whether a spreadsheet would run a cell. Source: OWASP, CSV injection.
func dangerous(text string) bool {
	return text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) && !json.Valid([]byte(strings.TrimPrefix(text, "+")))
}
