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

// take answers the value that comes next as it stands, without room to grow into
// what follows.
func (c *cursor) take() ([]byte, error) {
	from := space(c.data, c.at)
	end, err := skip(c.data, from, c.depth)
	c.at = end
	return c.data[from:end:end], err
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

// end says that nothing may follow.
func (c *cursor) end() error {
	if c.peek() != 0 || c.at < len(c.data) {
		return errJSON
	}
	return nil
}
