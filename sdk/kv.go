package sdk

import "github.com/drawbridge-soar/drawbridge/sdk/abi"

// Get is a value that the connector kept; ok is false where there is none.
func (c *Context) Get(key string) (value string, ok bool, err error) {
	var out abi.KVResponse
	if err := c.ask(abi.HostKVGet, abi.KVRequest{Key: key}, &out); err != nil {
		return "", false, err
	}
	switch {
	case out.Error != nil:
		return "", false, out.Error
	case out.Value == nil:
		return "", false, nil
	}
	return *out.Value, true, nil
}

// Put keeps a value for later calls of this connector, in all its flows: a key of
// at most 256 bytes, a value of at most 64 KiB, 10 MiB in all.
func (c *Context) Put(key, value string) error { return c.put(key, &value) }

// Delete removes what was kept.
func (c *Context) Delete(key string) error { return c.put(key, nil) }

// Swap puts a value, or deletes the key where it is nil, only if the key still holds was,
// which is nil for one that isn't there. False means that another call was faster: get it
// again. What several calls count together is sound by this alone.
func (c *Context) Swap(key string, was, value *string) (bool, error) {
	var out abi.KVResponse
	if err := c.ask(abi.HostKVPut, abi.KVRequest{Key: key, Value: value, If: &abi.KVIf{Value: was}}, &out); err != nil {
		return false, err
	}
	if out.Error != nil {
		return false, out.Error
	}
	return !out.Differs, nil
}

func (c *Context) put(key string, value *string) error {
	var out abi.KVResponse
	if err := c.ask(abi.HostKVPut, abi.KVRequest{Key: key, Value: value}, &out); err != nil {
		return err
	}
	if out.Error != nil {
		return out.Error
	}
	return nil
}
