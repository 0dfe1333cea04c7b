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
	order *list.List // of *script, the latest used first
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

// script is a connector that was made of one.
type script struct {
	con   *Connector
	users int // calls that are at work with it: it stays for them
}

// UseCode gives the connector of a script, by the version that names it, until done is
// called. It isn't listed, and goes when many others were used since. Read makes its
// file, where it isn't known and whenever a sandbox wants it: the engine in it is too
// large to be kept for each.
func (c *Catalog) UseCode(version string, read func() ([]byte, error)) (con *Connector, done func(), err error) {
	if con, done := c.code.use(version, nil); con != nil {
		return con, done, nil
	}
	m, err := ReadModule(read)
	if err != nil {
		return nil, nil, err
	}
	m.Bundled = true // its author writes flows: there is nothing to consent to, it reaches nothing
	con, done = c.code.use(version, m.Connectors[0])
	return con, done, nil
}

// use takes a script that is known, or the given one; nil is none.
func (c *code) use(version string, made *Connector) (*Connector, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.known[version]
	if at == nil && made == nil {
		return nil, nil
	}
	if at == nil {
		at = c.order.PushFront(&script{con: made})
		c.known[version] = at
	}
	c.order.MoveToFront(at)
	used := at.Value.(*script) //nolint:forcetypeassert // nothing else is put there
	used.users++
	c.shrink()
	return used.con, sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		used.users--
		c.shrink()
	})
}

// shrink lets those go that were used longest ago and are not at work.
func (c *code) shrink() {
	for at := c.order.Back(); at != nil && c.order.Len() > maxCode; {
		oldest, next := at.Value.(*script), at.Prev() //nolint:forcetypeassert // likewise
		if oldest.users == 0 {
			delete(c.known, oldest.con.Manifest.Version)
			c.order.Remove(at)
		}
		at = next
	}
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
	return at.Value.(*script).con, true //nolint:forcetypeassert // likewise
}
