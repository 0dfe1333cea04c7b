package openapi

import (
	"regexp"
	"slices"
	"strings"
)

// Names by which documents mean the same. They are compared without regard to case,
// _ and -.
var (
	listNames   = []string{"items", "results", "data", "value", "values", "records", "entries", "elements", "list", "rows", "content", "objects"}
	nextURLs    = []string{"next", "nexturl", "nextlink", "nexthref", "nextpageurl", "nextpagelink", "odatanextlink"}
	nextCursors = []string{"nextpagetoken", "nextcursor", "nexttoken", "cursor", "endcursor", "continuationtoken", "continuation", "nextpage", "nextmarker", "after", "next", "marker", "scrollid"}
	cursors     = []string{"cursor", "pagetoken", "pagecursor", "after", "startingafter", "nexttoken", "continuationtoken", "continuation", "marker", "nextpagetoken", "nextcursor", "pageafter", "scrollid", "skiptoken", "token"}
	pageNumbers = []string{"page", "pagenumber", "pageno", "pageindex", "pagenum", "currentpage"}
	offsets     = []string{"offset", "skip", "start", "startindex", "startat", "from", "pageoffset"}
	sizes       = []string{"limit", "perpage", "pagesize", "pagelimit", "size", "count", "maxresults", "top", "rows", "maxitems", "first", "num"}
	wrappers    = []string{"links", "_links", "paging", "pagination", "meta", "metadata", "page", "pageinfo", "responsemetadata", "data", "_embedded", "embedded"}
)

var separators = regexp.MustCompile(`[^a-z0-9]`)

func plainName(name string) string { return separators.ReplaceAllString(strings.ToLower(name), "") }

// paging recognises how an operation that reads gives further pages.
func (p *plan) paging(c *converter, taken *keys) {
	if p.Method != "GET" || taken.used["allPages"] || taken.used["maxItems"] {
		return
	}
	if off := p.over.get("paging"); off != nil && !off.truth() {
		return
	}
	items, ok := c.listOf(p.response)
	if !ok {
		return
	}
	page := c.pageOf(p)
	if page == nil {
		return
	}
	page.Items = items
	p.Page = page
	p.fields = append(
		p.fields,
		field{key: taken.take("allPages", "paging"), fixed: map[string]any{"type": "boolean", "description": "Asks for one page after another, and answers the items of all."}},
		field{key: taken.take("maxItems", "paging"), fixed: map[string]any{"type": "integer", "minimum": 1, "maximum": 10000, "description": "The most items of all pages: 1000 if it is left out. At most 100 pages are asked for."}},
	)
}

// pageOf says how to go on, by the surest of what a document says.
func (c *converter) pageOf(p *plan) *Page {
	size := p.queryParameter(sizes)
	if next, isURL, found := c.nextOf(p.response); found {
		parameter := p.queryParameter(cursors)
		if !isURL && parameter != "" {
			return &Page{By: "cursor", Next: next, Parameter: parameter, Size: size}
		}
		if isURL {
			return &Page{By: "url", Next: next}
		}
	}
	if p.pagesByServer {
		return &Page{By: "link"}
	}
	if number := p.queryParameter(pageNumbers); number != "" {
		return &Page{By: "page", Parameter: number, Size: size, First: c.firstPage(p, number)}
	}
	if offset := p.queryParameter(offsets); offset != "" && size != "" {
		return &Page{By: "offset", Parameter: offset, Size: size}
	}
	return nil
}

// firstPage is 0 where the document says so, else 1.
func (c *converter) firstPage(p *plan, name string) int {
	for i, parameter := range p.Parameters {
		if parameter.Name != name {
			continue
		}
		s, _ := c.follow(p.fields[i].schema)
		for _, key := range []string{"default", "minimum"} {
			if s.get(key).text() == "0" {
				return 0
			}
		}
	}
	return 1
}

// queryParameter answers the name of the first that means one of some names.
func (p *plan) queryParameter(meanings []string) string {
	for _, meaning := range meanings {
		for _, parameter := range p.Parameters {
			if parameter.In == "query" && plainName(parameter.Name) == meaning {
				return parameter.Name
			}
		}
	}
	return ""
}

// maxParts is of how many schemas one may be put together for its fields to be known.
const maxParts = 100

// fieldsOf are the properties of a schema, also of those that it is put together of.
func (c *converter) fieldsOf(schema *node) map[string]*node {
	out, left := map[string]*node{}, maxParts
	c.gather(schema, out, &left)
	return out
}

// gather adds the fields of a schema to others; left is how many schemas are still looked
// at, because one may be put together of itself.
func (c *converter) gather(schema *node, out map[string]*node, left *int) {
	n, err := c.follow(schema)
	if *left--; err != nil || *left < 0 {
		return
	}
	for _, part := range n.get("allOf").list() {
		if c.gather(part, out, left); *left < 0 {
			return
		}
	}
	for _, name := range n.get("properties").names() {
		if field, err := c.follow(n.at("properties", name)); err == nil {
			out[name] = field
		}
	}
}

func sorted(fields map[string]*node) []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// listOf finds the list in an answer: the answer itself, a field of a name that says
// so, or the only one that is a list.
func (c *converter) listOf(schema *node) (path []string, found bool) {
	n, err := c.follow(schema)
	if err != nil || n == nil {
		return nil, false
	}
	isList := func(n *node) bool { return n.get("type").text() == "array" || n.get("items").isObject() }
	if isList(n) {
		return nil, true
	}
	fields := c.fieldsOf(n)
	var lists []string
	for _, name := range sorted(fields) {
		if isList(fields[name]) {
			lists = append(lists, name)
		}
	}
	for _, want := range listNames {
		for _, name := range lists {
			if plainName(name) == want {
				return []string{name}, true
			}
		}
	}
	if len(lists) == 1 {
		return lists, true
	}
	for _, name := range sorted(fields) {
		if slices.Contains(wrappers, plainName(name)) && len(lists) == 0 {
			inner := c.fieldsOf(fields[name])
			for _, list := range sorted(inner) {
				if isList(inner[list]) {
					return []string{name, list}, true
				}
			}
		}
	}
	return nil, false
}

// nextOf finds where an answer says how to go on: an address, or a value.
func (c *converter) nextOf(schema *node) (path []string, isURL, found bool) {
	fields := c.fieldsOf(schema)
	if path, isURL, found := nextAmong(fields, false); found {
		return path, isURL, true
	}
	for _, name := range sorted(fields) {
		if !slices.Contains(wrappers, plainName(name)) && !slices.Contains(wrappers, name) {
			continue
		}
		inner := c.fieldsOf(fields[name])
		if path, isURL, found := nextAmong(inner, strings.HasSuffix(plainName(name), "links")); found {
			if href := c.fieldsOf(inner[path[0]])["href"]; href != nil {
				return []string{name, path[0], "href"}, true, true
			}
			return append([]string{name}, path...), isURL, true
		}
	}
	return nil, false, false
}

// nextAmong looks among the fields of one object. Those of links are addresses.
func nextAmong(fields map[string]*node, links bool) (path []string, isURL, found bool) {
	names := sorted(fields)
	for _, want := range nextURLs {
		for _, name := range names {
			n := fields[name]
			text := n.get("type").text() == "string" || n.get("type") == nil || n.get("type").isList()
			link := links || want != "next" || strings.HasPrefix(n.get("format").text(), "ur") || strings.Contains(strings.ToLower(n.get("description").text()), "url") || n.get("type").text() == "object"
			if plainName(name) == want && link && (text || n.get("type").text() == "object") {
				return []string{name}, true, true
			}
		}
	}
	for _, want := range nextCursors {
		for _, name := range names {
			t := fields[name].get("type").text()
			if plainName(name) == want && (t == "string" || t == "integer" || t == "number") {
				return []string{name}, false, true
			}
		}
	}
	return nil, false, false
}
