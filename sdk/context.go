package sdk

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Context is what an action knows of its call and the way to its host. It is
// valid until the action returns.
type Context struct {
	// Run tells where the call belongs; Run.Key is the same on every attempt.
	Run abi.Run
	// Config is the connector's configuration, as JSON.
	Config json.RawMessage
	// Credential is nil when the node names none. It holds no secret.
	Credential *abi.Credential

	host Host
}

// Debugf logs a line for the author of the connector.
func (c *Context) Debugf(format string, args ...any) { c.log(LevelDebug, format, args) }

// Infof logs a line that is kept with the step.
func (c *Context) Infof(format string, args ...any) { c.log(LevelInfo, format, args) }

// Warnf logs something that the analyst should look at.
func (c *Context) Warnf(format string, args ...any) { c.log(LevelWarn, format, args) }

// Errorf logs a failure that the action survives; one that it does not survive is returned.
func (c *Context) Errorf(format string, args ...any) { c.log(LevelError, format, args) }

func (c *Context) log(level Level, format string, args []any) {
	c.host.Log(level, clip(fmt.Sprintf(format, args...)))
}

// Progress tells the person who watches the run what is going on.
func (c *Context) Progress(format string, args ...any) {
	c.host.Progress(clip(fmt.Sprintf(format, args...)))
}

// clip keeps a line within what the host takes, without cutting a character.
func clip(line string) string {
	if len(line) <= abi.MaxLogLine {
		return line
	}
	end := abi.MaxLogLine - len("…")
	for end > 0 && !utf8.RuneStart(line[end]) {
		end--
	}
	return line[:end] + "…"
}

// Now is the host's clock. Use it instead of time.Now, so that a replay sees
// the same time.
func (c *Context) Now() time.Time { return c.host.Now() }

// Random fills p with random bytes from the host, which records them.
func (c *Context) Random(p []byte) error { return c.host.Random(p) }

// InlineMax is the size up to which [Context.StoreText] and [Context.StoreBlob]
// keep a value inside the answer.
const InlineMax = 64 << 10

// StoreText makes an output field from text: inline when short, else a blob.
func (c *Context) StoreText(s string, mediaType string) (Text, error) {
	if len(s) <= InlineMax {
		return TextOf(s), nil
	}
	ref, err := c.store(func(w io.Writer) error { _, err := io.WriteString(w, s); return err }, mediaType)
	return Text{content{ref: ref, host: c.host}}, err
}

// StoreBlob makes an output field from whatever write writes; it is always kept
// as a blob, so that it is never whole in memory.
func (c *Context) StoreBlob(mediaType string, write func(io.Writer) error) (Blob, error) {
	ref, err := c.store(write, mediaType)
	return Blob{content{ref: ref, host: c.host}}, err
}

func (c *Context) store(write func(io.Writer) error, mediaType string) (*abi.Blob, error) {
	w, err := c.host.CreateBlob()
	if err != nil {
		return nil, err
	}
	if err := write(w); err != nil {
		return nil, err
	}
	ref, err := w.Commit()
	if err != nil {
		return nil, err
	}
	ref.MediaType = mediaType
	return &ref, nil
}
