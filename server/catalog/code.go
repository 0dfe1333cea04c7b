package catalog

import (
	"container/list"
	"sync"
)

// CodeConnector is the id of connectors that are made of a node's script. No other
// connector may have it.
const CodeConnector = "code"

// maxCode is how many scripts of nodes are kept ready.
const maxCode = 256

// code keeps the connectors of scripts by version, the used ones longest.
type code struct {
	mu    sync.Mutex
	known map[string]*list.Element
	order *list.List // of *Connector, the latest used first
}

// ReadScripts says by what the scripts of nodes are checked.
func (c *Catalog) ReadScripts(check func(source string) error) { c.checkScript = check }

// CheckScript says what is wrong with the script of a node; nothing where nobody reads it.
func (c *Catalog) CheckScript(source string) error {
	if c.checkScript == nil {
		return nil
	}
	return c.checkScript(source)
}

// AddCode keeps a connector that was made of a script, whose version names it. It
// isn't listed, and goes when many others were used since. Read makes its file, now
// and whenever a sandbox wants it: the engine in it is too large to be kept for each.
func (c *Catalog) AddCode(read func() ([]byte, error)) (*Connector, error) {
	m, err := ReadModule(read)
	if err != nil {
		return nil, err
	}
	m.Bundled = true // its author writes flows: there is nothing to consent to, it reaches nothing
	con := m.Connectors[0]
	c.code.mu.Lock()
	defer c.code.mu.Unlock()
	if at := c.code.known[con.Manifest.Version]; at != nil {
		return at.Value.(*Connector), nil //nolint:forcetypeassert // nothing else is put there
	}
	c.code.known[con.Manifest.Version] = c.code.order.PushFront(con)
	if c.code.order.Len() > maxCode {
		last := c.code.order.Back()
		delete(c.code.known, last.Value.(*Connector).Manifest.Version) //nolint:forcetypeassert // likewise
		c.code.order.Remove(last)
	}
	return con, nil
}

// Code finds the connector of a script, by its version.
func (c *Catalog) Code(version string) (*Connector, bool) {
	c.code.mu.Lock()
	defer c.code.mu.Unlock()
	at := c.code.known[version]
	if at == nil {
		return nil, false
	}
	c.code.order.MoveToFront(at)
	return at.Value.(*Connector), true //nolint:forcetypeassert // nothing else is put there
}
