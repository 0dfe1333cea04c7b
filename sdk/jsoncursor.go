package sdk

// cursor reads JSON from front to back. Blanks before a value are passed over by
// whoever reads it.
type cursor struct {
	data  []byte
	at    int
	depth int
}

// peek answers the first byte of the value that comes next, 0 at the end.
func (c *cursor) peek() byte {
	if c.at = space(c.data, c.at); c.at == len(c.data) {
		return 0
	}
	return c.data[c.at]
}

// take answers the value that comes next as it stands.
func (c *cursor) take() ([]byte, error) {
	from := space(c.data, c.at)
	end, err := skip(c.data, from, c.depth)
	c.at = end
	return c.data[from:end], err
}

func (c *cursor) word(text string) (err error) {
	c.at, err = word(c.data, space(c.data, c.at), text)
	return err
}

func (c *cursor) number() ([]byte, error) {
	from := space(c.data, c.at)
	end, err := skipNumber(c.data, from)
	c.at = end
	return c.data[from:end], err
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (set [256]bool) {
	for c := ' '; c < 0x80; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// text reads a string, in place where it stands there as it is.
func (c *cursor) text() ([]byte, error) {
	if c.peek() != '"' {
		return nil, errJSON
	}
	from := c.at
	at := from + 1
	for at < len(c.data) && plain[c.data[at]] {
		at++
	}
	if at < len(c.data) && c.data[at] == '"' {
		c.at = at + 1
		return c.data[from+1 : at], nil
	}
	end, err := skipString(c.data, from)
	if err != nil {
		return nil, err
	}
	c.at = end
	return text(c.data[from:end])
}

// object gives each the names of an object's members. It must read their values.
func (c *cursor) object(each func(name []byte) error) error {
	return c.nested('{', '}', func() error {
		name, err := c.text()
		if err != nil {
			return err
		}
		if c.peek() != ':' {
			return errJSON
		}
		c.at++
		return each(name)
	})
}

// list calls each before every item of a list. It must read the item.
func (c *cursor) list(each func() error) error { return c.nested('[', ']', each) }

func (c *cursor) nested(first, last byte, each func() error) error {
	if c.peek() != first || c.depth > maxNesting {
		return errJSON
	}
	c.at++
	if c.peek() == last {
		c.at++
		return nil
	}
	c.depth++
	for {
		if err := each(); err != nil {
			return err
		}
		switch c.peek() {
		case ',':
			c.at++
		case last:
			c.at++
			c.depth--
			return nil
		default:
			return errJSON
		}
	}
}

// end says that nothing may follow.
func (c *cursor) end() error {
	if c.peek() != 0 || c.at < len(c.data) {
		return errJSON
	}
	return nil
}
