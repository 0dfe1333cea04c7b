package openapi

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// scheme is a security scheme that became a type of credential.
type scheme struct {
	declared abi.CredentialOf
	fields   map[string]any
	required []string
	// token is where access tokens are fetched.
	token string
}

// carrier is a header or parameter that carries a key, of documents that declare no
// security: it would put a secret into the data of flows.
var carrier = regexp.MustCompile(`(?i)^(x[-_]?)?((api|app|access|auth|subscription|rapidapi|function[s]?|ocp[-_]apim[-_]subscription)[-_]?(key|token|secret)|authorization|auth[-_]?token)$`)

// readSchemes makes credentials of the document's security schemes.
func (c *converter) readSchemes() {
	all := c.root.at("components", "securitySchemes")
	for _, name := range all.names() {
		n, err := c.follow(all.get(name))
		if err != nil {
			c.note(all.get(name).Place, "", "the security scheme "+name+" is left out: "+err.Error())
			continue
		}
		if s := c.scheme(n, name); s != nil {
			s.declared.Type = c.credentialType(name)
			c.schemes[name] = s
			c.schemeOrder = append(c.schemeOrder, name)
		}
	}
}

func (c *converter) credentialType(name string) string {
	return c.manifest.ID + "." + unique(identifier(maxConnectorID, "key", name), c.takenTypes)
}

func secretField(title, description string) map[string]any {
	return map[string]any{"type": "string", "minLength": 1, "format": "password", "title": title, "description": description}
}

func plainField(title, description string) map[string]any {
	return map[string]any{"type": "string", "title": title, "description": description}
}

// scheme makes a credential of one security scheme; nil where none can be.
func (c *converter) scheme(n *node, name string) *scheme {
	says := shorten(cmp.Or(oneLine(n.get("description").text()), "As "+c.manifest.Name+" gave it."), maxDescription)
	switch kind := strings.ToLower(n.get("type").text()); kind {
	case "apikey":
		return c.keyScheme(n, name, says)
	case "http":
		switch how := strings.ToLower(n.get("scheme").text()); how {
		case "basic":
			return basicScheme(says)
		case "bearer":
			return bearerScheme(says)
		default:
			c.note(n.Place, "", "the security scheme "+name+" (http "+how+") becomes a header Authorization whose whole value is given")
			return headerScheme("Authorization", says)
		}
	case "basic": // as Swagger 2.0 has it
		return basicScheme(says)
	case "oauth2":
		return c.oauthScheme(n, name, says)
	case "openidconnect":
		c.note(n.Place, "", "the security scheme "+name+" (OpenID Connect) becomes a bearer token: people sign in there, a server can't")
		return bearerScheme(says)
	default:
		c.note(n.Place, "", "the security scheme "+name+" ("+cmp.Or(kind, "without type")+") is left out: the server can't apply it")
	}
	return nil
}

func basicScheme(says string) *scheme {
	return &scheme{
		declared: abi.CredentialOf{Apply: "basic"}, required: []string{"username", "password"},
		fields: map[string]any{"username": plainField("User name", says), "password": secretField("Password", says)},
	}
}

func bearerScheme(says string) *scheme {
	return &scheme{
		declared: abi.CredentialOf{Apply: "bearer"}, required: []string{"token"},
		fields: map[string]any{"token": secretField("Token", says)},
	}
}

func headerScheme(header, says string) *scheme {
	return &scheme{
		declared: abi.CredentialOf{Apply: "header", Name: header}, required: []string{"value"},
		fields: map[string]any{"value": secretField(header, says)},
	}
}

var tokenPattern = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (c *converter) keyScheme(n *node, name, says string) *scheme {
	key := n.get("name").text()
	if key == "" {
		c.note(n.Place, "", "the security scheme "+name+" is left out: it doesn't name its key")
		return nil
	}
	switch in := strings.ToLower(n.get("in").text()); in {
	case "query":
		s := headerScheme(key, says)
		s.declared.Apply = "query"
		return s
	case "cookie":
		s := headerScheme("Cookie", says)
		s.declared.Value = key + "={value}"
		return s
	case "header", "":
		if tokenPattern.MatchString(key) {
			return headerScheme(key, says)
		}
		c.note(n.Place, "", "the security scheme "+name+" is left out: "+key+" is no header")
	default:
		c.note(n.Place, "", "the security scheme "+name+" is left out: it is in "+in)
	}
	return nil
}

// oauthScheme makes client credentials where the document has that flow. Tokens of
// the others are got by people who sign in.
func (c *converter) oauthScheme(n *node, name, says string) *scheme {
	flow := n.at("flows", "clientCredentials")
	if flow == nil && n.get("flow").text() == "application" {
		flow = n
	}
	if flow == nil {
		c.note(n.Place, "", "the security scheme "+name+" (OAuth 2 "+strings.Join(n.get("flows").names(), ", ")+") becomes a bearer token: people sign in there, a server can't")
		return bearerScheme(says)
	}
	s := &scheme{
		declared: abi.CredentialOf{Apply: "oauth2ClientCredentials"}, required: []string{"clientId", "clientSecret"},
		fields: map[string]any{
			"clientId":     plainField("Client id", says),
			"clientSecret": secretField("Client secret", says),
			"scope":        plainField("Scopes", shorten("The scopes that are asked for, with spaces between them. "+scopesText(flow.get("scopes")), maxDescription)),
			"clientAuth":   map[string]any{"type": "string", "enum": []string{"basic", "body"}, "title": "How the client shows itself", "description": "basic, in a header, unless the token's server wants it in the body."},
		},
	}
	address := strings.TrimSpace(flow.get("tokenUrl").text())
	if u, err := url.Parse(address); err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil {
		s.token, s.declared.Value = address, address
		return s
	}
	s.required = append(s.required, "tokenUrl")
	s.fields["tokenUrl"] = plainField("Address of tokens", "Where access tokens are fetched, such as https://login.example.com/oauth/token. The document says: "+cmp.Or(shorten(address, 100), "nothing")+".")
	return s
}

func scopesText(scopes *node) string {
	if len(scopes.names()) == 0 {
		return ""
	}
	return "There are: " + strings.Join(scopes.names(), ", ") + "."
}

// credentialsOf are the types that an operation takes.
func (c *converter) credentialsOf(op *node, where string) []string {
	security := op.get("security")
	if security == nil {
		security = c.root.get("security")
	}
	var out []string
	for _, alternative := range security.list() {
		var usable []string
		for _, name := range alternative.names() {
			if s := c.schemes[name]; s != nil {
				usable = append(usable, s.declared.Type)
			} else if c.root.at("components", "securitySchemes", name) == nil && !c.told[name] {
				c.told[name] = true
				c.note(alternative.Place, where, "there is no security scheme "+name)
			}
		}
		if len(usable) > 1 {
			c.note(alternative.Place, where, "it asks for "+strings.Join(usable, " and ")+" at once; one credential is sent, of either type")
		}
		for _, t := range usable {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// carrierType makes a credential of a header or parameter that carries a key.
func (c *converter) carrierType(name, in, description string) string {
	key := "carrier " + in + " " + strings.ToLower(name)
	if s := c.schemes[key]; s != nil {
		return s.declared.Type
	}
	s := headerScheme(name, shorten(cmp.Or(oneLine(description), "As "+c.manifest.Name+" gave it."), maxDescription))
	s.declared.Apply = in
	s.declared.Type = c.credentialType(name)
	c.schemes[key] = s
	c.schemeOrder = append(c.schemeOrder, key)
	return s.declared.Type
}

// finishCredentials writes the credentials into the manifest, each with the address
// that it may hold. Where no server is fixed, it must.
func (c *converter) finishCredentials() error {
	if len(c.schemeOrder) == 0 {
		c.schemes["server"] = &scheme{declared: abi.CredentialOf{Type: c.credentialType("server"), Apply: "none"}, fields: map[string]any{}}
		c.schemeOrder = append(c.schemeOrder, "server")
		if !c.needsBase() && !c.needsAny() {
			return nil // nothing to name
		}
	}
	for _, name := range c.schemeOrder {
		s := c.schemes[name]
		base := plainField("Address", "The address that requests go to, such as https://api.example.com, in place of what the document says. Name its host among the credential's hosts.")
		base["format"] = "uri"
		s.fields["baseUrl"] = base
		if c.needsBase() {
			s.required = append(s.required, "baseUrl")
		}
		fields := map[string]any{"type": "object", "properties": s.fields, "additionalProperties": false}
		if len(s.required) > 0 {
			fields["required"] = s.required
		}
		raw, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		s.declared.Fields = raw
		c.manifest.Credentials = append(c.manifest.Credentials, s.declared)
	}
	for _, p := range c.plans {
		if len(p.Credentials) > 0 || !c.needsBase() {
			continue
		}
		for _, declared := range c.manifest.Credentials {
			p.Credentials = append(p.Credentials, declared.Type)
		}
	}
	return nil
}
