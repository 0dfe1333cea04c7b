package web

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// Bounds of a body that is read as it comes.
const (
	// steadyPiece is how many bytes come within each readWithin, or the rest isn't waited for.
	steadyPiece = 1 << 20
	// lingerFor is for how long what still comes of a body that was refused is read and
	// thrown away: a connection that is closed before its sender is done loses the answer.
	lingerFor = 10 * time.Second
	// lingersAtOnce is for how many connections that is done: nobody knows yet who they are,
	// and they count no more among those that the server takes.
	lingersAtOnce = 64
	// answerWithin is for how long an answer to any other of them is being written.
	answerWithin = time.Second
	// uploadsAtOnce bounds what files take of the disk before their cases have them.
	uploadsAtOnce = 16
	// filePlaceWithin is how long to wait for a place among files that are on their way.
	filePlaceWithin = 2 * time.Second
)

// coming is a body that comes.
type coming struct {
	stream io.Reader
	of     *fiber.Ctx
	piece  int
	ended  bool
}

// Read implements [io.Reader]. It waits for the next piece as long as for a whole request.
func (b *coming) Read(p []byte) (int, error) {
	n, err := b.stream.Read(p)
	if b.piece += n; b.piece >= steadyPiece {
		b.piece = 0
		err = errors.Join(err, b.of.Context().SetReadDeadline(time.Now().Add(readWithin)))
	}
	if errors.Is(err, io.EOF) {
		b.ended, err = true, io.EOF
	}
	return n, err
}

// comingKey is where a request holds the body that its route reads.
type comingKey struct{}

// bodies reads a request's body into memory before its route has it, except where the route
// reads it as it comes. What is too large is refused, unread where its length is told.
func (s *Server) bodies(c *fiber.Ctx) error {
	stream := c.Request().BodyStream()
	if stream == nil {
		if err := packed(c); err != nil {
			return err
		}
		return c.Next()
	}
	body := &coming{stream: stream, of: c}
	defer body.linger(s.lingers)
	if err := packed(c); err != nil {
		return err
	}
	if takesStream(c) {
		c.Locals(comingKey{}, body)
		return c.Next()
	}
	content, err := body.whole(c.Request().Header.ContentLength())
	if err != nil {
		return err
	}
	c.Request().SetBodyRaw(content)
	return c.Next()
}

// packed refuses bodies that are compressed: what they unpack to is told by nobody before,
// and signatures are of what was sent.
func packed(c *fiber.Ctx) error {
	if how := c.Get(fiber.HeaderContentEncoding); how != "" && !strings.EqualFold(how, "identity") {
		return problem(http.StatusUnsupportedMediaType, "the body is compressed: send it as it is, without Content-Encoding")
	}
	return nil
}

// whole reads a body of the length that was told; one that is negative was not.
func (b *coming) whole(length int) ([]byte, error) {
	if length > readBody {
		return nil, fiber.ErrRequestEntityTooLarge
	}
	var content bytes.Buffer // grows with what comes, whatever was told
	n, err := io.Copy(&content, io.LimitReader(b, maxBody+1))
	switch {
	case n > maxBody:
		_, _ = io.Copy(io.Discard, io.LimitReader(b, readBody-maxBody))
		return nil, fiber.ErrRequestEntityTooLarge
	case err != nil || n < int64(length):
		return nil, problem(http.StatusBadRequest, "the body did not arrive whole: send it again")
	}
	return content.Bytes(), nil
}

// linger lets a sender read the answer whose body was not read to its end, where there is
// a place for it. The answer is written here, because a connection that is to be closed isn't
// given away after it.
func (b *coming) linger(places chan struct{}) {
	if b.ended {
		return
	}
	request := b.of.Context()
	request.HijackSetNoResponse(true)
	request.Hijack(func(conn net.Conn) {
		request.Response.Header.SetConnectionClose()
		within, stays := answerWithin, false
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			within, stays = lingerFor, true
		default:
		}
		w := bufio.NewWriter(conn)
		if errors.Join(conn.SetDeadline(time.Now().Add(within)), request.Response.Write(w), w.Flush()) == nil && stays {
			_, _ = io.Copy(io.Discard, conn)
		}
	})
}

// takesStream says whether a request is for the route that reads its body as it comes.
func takesStream(c *fiber.Ctx) bool {
	path := strings.TrimSuffix(c.Path(), "/")
	return c.Method() == http.MethodPost && strings.HasPrefix(path, apiPrefix+"/cases/") && strings.HasSuffix(path, "/attachments")
}

// humaContext is embedded under a name of its own: one of its methods is called Context.
type humaContext huma.Context

// wholeBody has huma read what was read before its route.
type wholeBody struct{ humaContext }

// Unwrap gives what it stands before, as humafiber asks for.
func (w wholeBody) Unwrap() huma.Context { return w.humaContext }

// BodyReader implements [huma.Context].
func (w wholeBody) BodyReader() io.Reader {
	return bytes.NewReader(humafiber.Unwrap(w.humaContext).Request().Body())
}
