package html

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of what is kept.
const (
	mostTables  = 500
	mostColumns = 200
	deepest     = 32 // tables within tables
)

// grid is a table as it is read.
type grid struct {
	at      int // its place in the output
	caption writer
	rows    [][]string
	heads   []bool // of a row, whether all its cells are headings
	row     []string
	allHead bool
	cell    *writer // the open one
	span    int
	inRow   bool
	inCap   bool
}

type tableReader struct {
	in    TablesInput
	open  []*grid
	done  []*grid // by place; nil where it is open
	count int     // of rows
	over  bool
}

func tables(_ *sdk.Context, in TablesInput) (TablesOutput, error) {
	page, err := load(in.HTML)
	if err != nil {
		return TablesOutput{}, err
	}
	r := &tableReader{in: in}
	var skip atom.Atom
	each(page, func(kind html.TokenType, t *html.Token) {
		switch {
		case skip != 0:
			if kind == html.EndTagToken && t.DataAtom == skip {
				skip = 0
			}
		case kind == html.StartTagToken && (t.DataAtom == atom.Script || t.DataAtom == atom.Style):
			skip = t.DataAtom
		default:
			r.token(kind, t)
		}
	})
	for len(r.open) > 0 {
		r.endTable()
	}
	out := TablesOutput{Tables: []Table{}, Truncated: r.over}
	for _, g := range r.done {
		out.Tables = append(out.Tables, g.table(in.Header))
	}
	return out, nil
}

func (r *tableReader) token(kind html.TokenType, t *html.Token) {
	start := kind == html.StartTagToken
	if start && t.DataAtom == atom.Table {
		if len(r.done) < mostTables && len(r.open) < deepest {
			r.open = append(r.open, &grid{at: len(r.done)})
			r.done = append(r.done, nil)
		}
		return
	}
	if len(r.open) == 0 {
		return
	}
	g := r.open[len(r.open)-1]
	switch {
	case kind == html.TextToken:
		if w := g.into(); w != nil {
			w.text(t.Data, false)
		}
	case t.DataAtom == atom.Table:
		r.endTable()
	case t.DataAtom == atom.Caption:
		g.inCap = start
	case t.DataAtom == atom.Tr:
		r.endRow(g)
		g.inRow, g.allHead = start, true
	case t.DataAtom == atom.Td || t.DataAtom == atom.Th:
		g.endCell()
		if start {
			g.inRow = true
			g.allHead = (g.allHead || len(g.row) == 0) && t.DataAtom == atom.Th
			g.cell, g.span = &writer{}, 1
			if n, err := strconv.Atoi(attribute(t, "colspan")); err == nil {
				g.span = min(max(n, 1), mostColumns)
			}
		}
	default:
		if w := g.into(); w != nil && breaks[t.DataAtom] > 0 {
			w.space = true
		}
	}
}

func (g *grid) into() *writer {
	if g.inCap {
		return &g.caption
	}
	return g.cell
}

func (g *grid) endCell() {
	if g.cell == nil {
		return
	}
	for range g.span {
		if len(g.row) < mostColumns {
			g.row = append(g.row, g.cell.out.String())
		}
	}
	g.cell = nil
}

func (r *tableReader) endRow(g *grid) {
	g.endCell()
	if g.inRow && len(g.row) > 0 {
		if r.count++; r.count > r.in.Limit {
			r.over = true
		} else {
			g.rows, g.heads = append(g.rows, g.row), append(g.heads, g.allHead)
		}
	}
	g.row, g.inRow = nil, false
}

func (r *tableReader) endTable() {
	g := r.open[len(r.open)-1]
	r.endRow(g)
	r.open = r.open[:len(r.open)-1]
	r.done[g.at] = g
}

// table names the columns.
func (g *grid) table(header string) Table {
	out := Table{Caption: g.caption.out.String(), Columns: []string{}, Rows: []map[string]string{}}
	rows, names := g.rows, []string(nil)
	if len(rows) > 0 && (header == "first" || header == "auto" && g.heads[0]) {
		names, rows = rows[0], rows[1:]
	}
	width := len(names)
	for _, row := range rows {
		width = max(width, len(row))
	}
	taken := map[string]bool{}
	for i := range width {
		name := "column" + strconv.Itoa(i+1)
		if i < len(names) && strings.TrimSpace(names[i]) != "" {
			name = names[i]
		}
		for n, first := 2, name; taken[name]; n++ {
			name = first + " " + strconv.Itoa(n)
		}
		taken[name] = true
		out.Columns = append(out.Columns, name)
	}
	for _, row := range rows {
		object := make(map[string]string, width)
		for i, name := range out.Columns {
			object[name] = ""
			if i < len(row) {
				object[name] = row[i]
			}
		}
		out.Rows = append(out.Rows, object)
	}
	return out
}
