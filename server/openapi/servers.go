package openapi

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxServers is the most addresses that variables of hosts are filled in for.
const maxServers = 20

// maxListed is how many servers of a list are taken.
const maxListed = 50

var (
	placeholder = regexp.MustCompile(`\{([^{}/]+)\}`)
	braces      = strings.NewReplacer("%7B", "{", "%7b", "{", "%7D", "}", "%7d", "}")
	bareHost    = regexp.MustCompile(`^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+(:\d+)?(/|$)`)
)

// serverVariable is a variable in the path of a server, which the input may set.
type serverVariable struct {
	name     string
	required bool
	schema   map[string]any
}

// readServers reads a list of servers: the addresses, and the variables in their
// paths. Variables of hosts are filled in, because hosts are granted one by one.
func (c *converter) readServers(n *node) []int {
	var out []int
	servers := n.list()
	if len(servers) > maxListed {
		c.note(n.Place, "", fmt.Sprintf("of %d servers the first %d are taken", len(servers), maxListed))
		servers = servers[:maxListed]
	}
	for _, s := range servers {
		given := strings.TrimSpace(braces.Replace(s.get("url").text()))
		if s.get("url") == nil {
			c.note(s.Place, "", "a server without url is left out")
			continue
		}
		switch {
		case strings.HasPrefix(given, "//"):
			given = "https:" + given
		case !strings.Contains(given, "://") && bareHost.MatchString(given):
			c.note(s.Place, "", "the server "+given+" has no scheme: https is taken")
			given = "https://" + given
		}
		for _, address := range c.hosts(s, given) {
			i := c.addServer(s, address)
			if i >= 0 && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}

// hosts fills in the variables of a host, each combination of what they may be.
func (c *converter) hosts(s *node, given string) []string {
	scheme, rest, absolute := strings.Cut(given, "://")
	if !absolute && !strings.HasPrefix(given, "{") {
		return []string{"/" + strings.TrimLeft(given, "./")}
	}
	if !absolute { // {scheme}… or the whole address is a variable
		rest, scheme = given, ""
	}
	host, path, _ := strings.Cut(rest, "/")
	list := []string{host}
	if scheme != "" {
		list[0] = scheme + "://" + host
	}
	for _, found := range placeholder.FindAllStringSubmatch(list[0], -1) {
		values := c.variableValues(s.at("variables", found[1]))
		if len(values) == 0 {
			c.note(s.Place, "", "the server "+given+" can't be used as it is: its variable "+found[1]+" has no default; a credential names the address (baseUrl)")
			return []string{"/" + path}
		}
		var next []string
		for _, v := range values {
			for _, address := range list {
				next = append(next, strings.ReplaceAll(address, found[0], v))
			}
		}
		list = next[:min(len(next), maxServers)]
	}
	for i := range list {
		list[i] = strings.TrimSuffix(list[i], "/") + "/" + path
	}
	return list
}

// variableValues are what a variable may be, the default first.
func (c *converter) variableValues(v *node) []string {
	var out []string
	if d := v.get("default"); d != nil && d.kind == scalar && d.text() != "" {
		out = append(out, d.text())
	}
	for _, e := range v.get("enum").list() {
		if text := e.text(); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// addServer keeps an address, and answers its index; -1 where it can't be read.
func (c *converter) addServer(s *node, address string) int {
	server := Server{URL: strings.TrimRight(address, "/")}
	if !strings.HasPrefix(address, "/") {
		u, err := url.Parse(placeholder.ReplaceAllString(address, "x"))
		if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			c.note(s.Place, "", "the server "+address+" is left out: it is no address that begins with https:// or http://")
			return -1
		}
		scheme, rest, _ := strings.Cut(address, "://")
		host, path, slash := strings.Cut(rest, "/")
		server.URL = strings.ToLower(scheme) + "://" + strings.TrimSuffix(strings.ToLower(host), ".")
		if slash {
			path, _, _ = strings.Cut(path, "?")
			path, _, _ = strings.Cut(path, "#")
			server.URL = strings.TrimRight(server.URL+"/"+path, "/")
		}
	}
	for _, found := range placeholder.FindAllStringSubmatch(server.URL, -1) {
		v := s.at("variables", found[1])
		values := c.variableValues(v)
		description := cmp.Or(oneLine(v.get("description").text()), "Part of the server's address.")
		variable := serverVariable{name: found[1], required: len(values) == 0, schema: map[string]any{"type": "string", "description": shorten(description, maxDescription)}}
		if len(values) > 0 {
			if server.Variables == nil {
				server.Variables = map[string]string{}
			}
			server.Variables[found[1]] = values[0]
			if len(v.get("enum").list()) > 0 {
				variable.schema["enum"] = values
			}
		}
		c.variables[found[1]] = variable
	}
	for i, have := range c.table.Servers {
		if have.URL == server.URL {
			return i
		}
	}
	c.table.Servers = append(c.table.Servers, server)
	return len(c.table.Servers) - 1
}

// place is what a server's address says of where requests go.
func (s Server) place() (scheme, host, port string) {
	if strings.HasPrefix(s.URL, "/") || s.URL == "" {
		return "", "", ""
	}
	u, err := url.Parse(placeholder.ReplaceAllString(s.URL, "x"))
	if err != nil {
		return "", "", ""
	}
	port = u.Port()
	if port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		port = ""
	}
	return u.Scheme, u.Hostname(), port
}
