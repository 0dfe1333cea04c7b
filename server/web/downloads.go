package web

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

const (
	// writeWithin is how long a client has to take each steadyPiece of a file, or the rest
	// isn't sent.
	writeWithin = readWithin
	// downloadsAtOnce bounds the files that slow clients hold open.
	downloadsAtOnce = 32
)

// leaving is a file that is sent.
type leaving struct {
	file io.ReadCloser
	// until sets when what is sent must have been taken.
	until func(time.Time) error
	done  func()
	// piece is how much of a piece is still to be read.
	piece int
}

// Read implements [io.Reader]. It gives the client as long for each piece as for a whole request.
func (f *leaving) Read(p []byte) (int, error) {
	if f.piece <= 0 {
		f.piece = steadyPiece
		if err := f.until(time.Now().Add(writeWithin)); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Read(p)
	f.piece -= n
	return n, err
}

// Close implements [io.Closer].
func (f *leaving) Close() error {
	defer f.done()
	return f.file.Close()
}

// downloadAttachment has the browser save a file: under a type that nothing opens, in a
// place where nothing in it could run.
func (s *Server) downloadAttachment(ctx context.Context, in *attachmentOf) (*huma.StreamResponse, error) {
	a, err := s.Cases.Attachment(ctx, in.ID, in.Attachment)
	if err != nil {
		return nil, err
	}
	if a.Size > math.MaxInt {
		return nil, errors.New("a file is larger than this machine counts")
	}
	done, err := s.place(ctx, s.downloads, filePlaceWithin, "too many files are being saved at once: try again in a moment")
	if err != nil {
		return nil, err
	}
	f, err := s.Cases.OpenFile(ctx, &a)
	if err != nil {
		done()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader(fiber.HeaderContentType, fiber.MIMEOctetStream)
		ctx.SetHeader(fiber.HeaderContentDisposition, disposition(a.Name))
		ctx.SetHeader(fiber.HeaderXContentTypeOptions, "nosniff")
		ctx.SetHeader(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
		ctx.SetStatus(http.StatusOK)
		request := humafiber.Unwrap(ctx).Context()
		request.SetBodyStream(&leaving{file: f, until: request.SetWriteDeadline, done: sync.OnceFunc(done)}, int(a.Size)) // which closes it
	}}, nil
}
