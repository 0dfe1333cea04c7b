package openapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Options of a conversion.
type Options struct {
	// File is what faults call the document.
	File string
	// Overlay corrects the document; OverlayFile is what faults call it.
	Overlay     []byte
	OverlayFile string
	// Version is the connector's, in place of the document's.
	Version string
	// Only are the operations to take, as METHOD /path; nil takes all.
	Only []string
}

// Result is a connector that was made of a document.
type Result struct {
	Manifest abi.Manifest
	Table    Table
	Report   Report
	// Actions say of which operation each action is made, in the manifest's order.
	Actions []Made
}

// Made is an action and the operation that it was made of.
type Made struct {
	Action string
	// Operation is METHOD /path.
	Operation string
	Place
	// Tags are the document's.
	Tags []string
}

// converter holds one conversion.
type converter struct {
	*resolver
	options  Options
	overlay  *overlay
	manifest abi.Manifest
	table    Table
	report   Report
	noted    map[Note]bool
	made     []Made
	// plans are what schemas are made of, an action each.
	plans []*plan

	rootServers []int
	variables   map[string]serverVariable
	schemes     map[string]*scheme
	schemeOrder []string
	takenTypes  map[string]bool
	takenIDs    map[string]bool
	told        map[string]bool
	// methods are those that are sent to each server.
	methods map[int][]string
}

// Convert makes a connector of a document. The error is a [*Fault], or several
// joined.
func Convert(document []byte, o Options) (*Result, error) {
	root, err := read(o.File, document)
	if err != nil {
		return nil, err
	}
	c := &converter{
		noted:    map[Note]bool{},
		resolver: &resolver{root}, options: o, table: Table{Operations: map[string]*Operation{}, Servers: []Server{}},
		report:    Report{LeftOut: []Note{}, Notes: []Note{}},
		variables: map[string]serverVariable{}, schemes: map[string]*scheme{}, takenTypes: map[string]bool{}, takenIDs: map[string]bool{},
		told: map[string]bool{}, methods: map[int][]string{},
	}
	if c.overlay, err = readOverlay(o); err != nil {
		return nil, err
	}
	if err := c.checkVersion(); err != nil {
		return nil, err
	}
	if err := c.overlay.correct(root); err != nil {
		return nil, err
	}
	if err := c.convert(); err != nil {
		return nil, err
	}
	return &Result{Manifest: c.manifest, Table: c.table, Report: c.report, Actions: c.made}, nil
}

func (c *converter) fault(p Place, format string, args ...any) error {
	return &Fault{File: c.options.File, Place: p, Message: fmt.Sprintf(format, args...)}
}

// maxNotes is how many notes are kept: nobody reads more.
const maxNotes = 1000

func (c *converter) note(p Place, where, message string) {
	n := Note{p, where, message}
	if len(c.noted) < maxNotes && !c.noted[n] {
		c.noted[n] = true
		c.report.Notes = append(c.report.Notes, n)
	}
}

func (c *converter) leaveOut(p Place, where, why string) {
	c.report.LeftOut = append(c.report.LeftOut, Note{p, where, why})
}

// leaveOutFor leaves an operation out for a fault, at the fault's place.
func (c *converter) leaveOutFor(op *node, where string, err error) {
	at := op.Place
	var dangling *danglingError
	if errors.As(err, &dangling) {
		at = dangling.Place
	}
	c.leaveOut(at, where, err.Error())
}

var openAPI3 = regexp.MustCompile(`^3\.(\d+)(\.|$)`)

// checkVersion refuses what is no OpenAPI 3 document, by name.
func (c *converter) checkVersion() error {
	if !c.root.isObject() {
		return c.fault(c.root.Place, "this is no OpenAPI document: it must be an object with openapi, info and paths")
	}
	if s := c.root.get("swagger"); s != nil {
		return c.fault(s.Place, "the document is Swagger %s, and OpenAPI 3.0 or 3.1 is read: convert it first, by a program such as swagger2openapi", s.text())
	}
	v := c.root.get("openapi")
	if v == nil {
		return c.fault(c.root.Place, "this is no OpenAPI document: it has no field openapi, such as openapi: 3.1.0")
	}
	match := openAPI3.FindStringSubmatch(v.text() + ".")
	if match == nil {
		return c.fault(v.Place, "the document is OpenAPI %q, and 3.0 or 3.1 is read", v.text())
	}
	if match[1] != "0" && match[1] != "1" {
		c.note(v.Place, "", "OpenAPI "+v.text()+" is newer than 3.1: what is new in it is not understood")
	}
	return nil
}

func (c *converter) convert() error {
	if err := c.identity(); err != nil {
		return err
	}
	paths := c.root.get("paths")
	if !paths.isObject() || len(paths.keys) == 0 {
		return c.fault(cmp.Or(placeOfNode(paths), c.root.Place), "the document has no paths, and so no operation")
	}
	if w := c.root.get("webhooks"); len(w.names()) > 0 {
		c.note(w.Place, "", "its webhooks are left out: they are requests that the other side sends; a flow takes them by trigger.webhook")
	}
	c.rootServers = c.readServers(c.root.get("servers"))
	if len(c.rootServers) == 0 {
		c.rootServers = []int{c.addServer(nil, "/")}
	}
	c.readSchemes()
	if err := c.operations(paths); err != nil {
		return err
	}
	if err := c.overlay.unused(); err != nil {
		return err
	}
	if len(c.plans) == 0 {
		return c.nothing(paths)
	}
	if err := c.finishCredentials(); err != nil {
		return err
	}
	c.capabilities()
	c.report.Converted = len(c.plans)
	return c.finishActions()
}

// nothing says why no operation is left.
func (c *converter) nothing(paths *node) error {
	if len(c.report.LeftOut) == 0 {
		return c.fault(paths.Place, "none of the paths has an operation")
	}
	first := c.report.LeftOut[0]
	return c.fault(first.Place, "no operation is left of %d; %s: %s", c.report.Operations, first.Operation, first.Message)
}

func placeOfNode(n *node) Place {
	if n == nil {
		return Place{}
	}
	return n.Place
}

// identity names the connector.
func (c *converter) identity() error {
	info, over := c.root.get("info"), c.overlay.connector
	title := oneLine(info.get("title").text())
	file := c.options.File[strings.LastIndexAny(c.options.File, `/\`)+1:]
	base, _, _ := strings.Cut(file, ".")
	id := over.get("id").text()
	if id == "" {
		if id = identifier(maxConnectorID, "api", title, base); reserved[id] {
			id += "_api"
		}
	}
	c.manifest = abi.Manifest{
		ID: id, ABI: abi.Version, Category: "API", Icon: "plug",
		Name:        shorten(cmp.Or(over.get("name").text(), title, sentence(id)), maxName),
		Version:     cmp.Or(c.options.Version, over.get("version").text(), version(info.get("version").text())),
		Description: shorten(cmp.Or(over.get("description").text(), firstSentence(info.get("description").text()), "The operations of "+cmp.Or(title, id)+"."), maxDescription),
		License:     oneLine(info.at("license", "name").text()),
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`).MatchString(id) {
		return &Fault{c.options.OverlayFile, over.get("id").Place, fmt.Sprintf("the connector's id %q must be of a-z, 0-9 and _, and begin with a letter", id)}
	}
	return nil
}

var sentenceEnd = regexp.MustCompile(`[.!?](\s|$)|\n\s*\n`)

// firstSentence takes the first sentence of a text that may be pages of Markdown.
func firstSentence(text string) string {
	text = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(text), "# "))
	if end := sentenceEnd.FindStringIndex(text); end != nil && end[0] > 10 {
		text = text[:end[1]]
	}
	return oneLine(text)
}

// needsBase says whether a request can't be sent unless a credential names the
// address.
func (c *converter) needsBase() bool {
	for i := range c.methods {
		if scheme, _, _ := c.table.Servers[i].place(); scheme != "" {
			return false
		}
	}
	return true
}

// needsAny says whether the document has servers that no manifest can ask for: those
// without a host, unencrypted ones, and those with a port of their own.
func (c *converter) needsAny() bool {
	for i := range c.methods {
		if scheme, host, port := c.table.Servers[i].place(); scheme != "https" || port != "" || !grantable(host) {
			return true
		}
	}
	return false
}

var (
	hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$`)
	digits   = regexp.MustCompile(`^[0-9.]+$`)
)

// grantable says whether a manifest may ask for a host: a name, of the public
// internet as far as that can be told.
func grantable(host string) bool {
	return len(host) <= 253 && hostName.MatchString(host) && !digits.MatchString(host) && !strings.HasSuffix(host, ".localhost")
}

// capabilities ask for the hosts of the servers, and of access tokens.
func (c *converter) capabilities() {
	hosts := map[string][]string{}
	var order []string
	ask := func(host string, methods ...string) {
		if hosts[host] == nil {
			order = append(order, host)
		}
		for _, m := range methods {
			if !slices.Contains(hosts[host], m) {
				hosts[host] = append(hosts[host], m)
			}
		}
	}
	var all []string
	for i, s := range c.table.Servers {
		methods := c.methods[i]
		all = append(all, methods...)
		if scheme, host, port := s.place(); len(methods) > 0 && scheme == "https" && port == "" && grantable(host) {
			ask(host, methods...)
		}
	}
	for _, name := range c.schemeOrder {
		if _, host, port := (Server{URL: c.schemes[name].token}).place(); host != "" && port == "" && grantable(host) {
			ask(host, "POST")
		}
	}
	if c.needsAny() {
		ask("*", all...)
	}
	for _, host := range order {
		reason := "Sends the requests of " + c.manifest.Name + "."
		if host == "*" {
			reason = "Sends the requests of " + c.manifest.Name + " to the address in its credential."
		}
		slices.Sort(hosts[host])
		c.manifest.Capabilities.HTTP = append(c.manifest.Capabilities.HTTP, abi.HTTPCapability{Host: host, Methods: hosts[host], Reason: reason})
	}
}

// Bounds of the schemas. The server reads manifests of 1 MiB at most.
const (
	maxManifest    = 960 << 10
	maxInputSchema = 24 << 10
)

// finishActions makes the actions with their schemas, the smaller the more there
// are, until the manifest is as small as it must be.
func (c *converter) finishActions() error {
	first := min(maxInputSchema, 4*maxManifest/len(c.plans))
	for budget := first; ; budget /= 2 {
		c.manifest.Actions = c.manifest.Actions[:0]
		for _, p := range c.plans {
			a, err := p.action(c, budget)
			if err != nil {
				return err
			}
			c.manifest.Actions = append(c.manifest.Actions, a)
		}
		raw, err := json.Marshal(c.manifest)
		if err != nil {
			return err
		}
		if len(raw) <= maxManifest {
			if budget < first {
				c.note(Place{}, "", fmt.Sprintf("the document is large: schemas are told as far as %d KiB an action go", max(budget>>10, 1)))
			}
			return nil
		}
		if budget < 256 {
			return c.fault(Place{}, "the document makes a manifest of %d KiB, and a connector's has at most %d: take fewer operations, by only or hide in an overlay", len(raw)>>10, maxManifest>>10)
		}
	}
}
