package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"github.com/drawbridge-soar/drawbridge/flows"
)

// noncePlaceholder stands in index.html where the page's own nonce goes.
const noncePlaceholder = "__CSP_NONCE__"

// reservedPaths are never answered with the designer's page.
var reservedPaths = []string{"/api/", "/hooks/", "/healthz", "/readyz", "/metrics", "/schema/", "/assets/"}

const unbuilt = `<!doctype html><meta charset="utf-8"><title>Drawbridge</title>
<h1>Drawbridge is running</h1><p>This program was built without its designer. Run <code>make build</code>, and start it again. The API is at <code>/api/v1</code>.</p>
`

// assets are the built designer's files, compressed once.
type assets struct {
	files fs.FS
	index []byte

	mu     sync.Mutex
	packed map[string][]byte
}

func newAssets(files fs.FS) *assets {
	a := &assets{files: files, packed: map[string][]byte{}}
	a.index, _ = fs.ReadFile(files, "index.html") // missing before the designer is built
	return a
}

func (s *Server) pageRoutes() {
	s.page(public, http.MethodGet, "/schema/flow.v1.json", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/schema+json")
		return c.Send(flows.Schema)
	})
	s.page(public, http.MethodGet, apiPrefix+"/openapi.json", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/vnd.oai.openapi+json;version=3.1")
		return c.Send(s.OpenAPI())
	})
	s.page(public, http.MethodGet, "/assets/*", s.asset)
	s.page(public, http.MethodGet, "/*", s.designer)
}

// designer answers a file at the root of the built app, and otherwise its page,
// which finds its own way by the path.
func (s *Server) designer(c *fiber.Ctx) error {
	for _, reserved := range reservedPaths {
		if strings.HasPrefix(c.Path()+"/", reserved) || c.Path() == reserved {
			return fiber.ErrNotFound
		}
	}
	// What the app calls an address may have a dot in it, as versions do: what is a
	// file is known by being there.
	if name := strings.TrimPrefix(path.Clean(c.Path()), "/"); name != "index.html" && strings.Contains(path.Base(name), ".") {
		if err := s.file(c, name, "no-cache"); !errors.Is(err, fiber.ErrNotFound) || !navigates(c) {
			return err
		}
	}
	if !strings.Contains(c.Get(fiber.HeaderAccept, "text/html"), "text/html") && !strings.Contains(c.Get(fiber.HeaderAccept), "*/*") {
		return fiber.ErrNotFound
	}
	return s.index(c)
}

// navigates says whether a page is asked for, and not a part of one. Where nobody
// says so, a name whose ending begins with a letter is a file's.
func navigates(c *fiber.Ctx) bool {
	if to := c.Get("Sec-Fetch-Dest"); to != "" {
		return to == "document"
	}
	ending := path.Ext(c.Path())
	return len(ending) < 2 || !unicode.IsLetter(rune(ending[1]))
}

func (s *Server) index(c *fiber.Ctx) error {
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	nonce := base64.StdEncoding.EncodeToString(raw)
	c.Set(fiber.HeaderContentSecurityPolicy, policy(nonce))
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if len(s.assets.index) == 0 {
		return c.SendString(unbuilt)
	}
	return c.Send(bytes.ReplaceAll(s.assets.index, []byte(noncePlaceholder), []byte(nonce)))
}

// asset answers a file whose name changes with its content.
func (s *Server) asset(c *fiber.Ctx) error {
	return s.file(c, path.Join("assets", c.Params("*")), "public, max-age=31536000, immutable")
}

func (s *Server) file(c *fiber.Ctx, name, cache string) error {
	if !fs.ValidPath(name) {
		return fiber.ErrNotFound
	}
	data, err := fs.ReadFile(s.assets.files, name)
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.HasSuffix(err.Error(), "is a directory") {
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderCacheControl, cache)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if packed := s.assets.gzip(name, kind, data); packed != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(packed)
	}
	return c.Send(data)
}

// gzip gives a file compressed, made once; nil where that gains nothing.
func (a *assets) gzip(name, kind string, data []byte) []byte {
	if len(data) < 1024 || !strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "javascript") && !strings.Contains(kind, "json") && !strings.Contains(kind, "svg") {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if packed := a.packed[name]; packed != nil {
		return packed
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(data); err != nil || w.Close() != nil {
		return nil
	}
	a.packed[name] = b.Bytes()
	return b.Bytes()
}

// policy is what a page may do; only styles that carry the nonce are taken inline.
func policy(nonce string) string {
	style := "'self'"
	if nonce != "" {
		style += " 'nonce-" + nonce + "'"
	}
	return "default-src 'none'; script-src 'self'; style-src " + style + "; img-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
		"font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}

// headers are those of every answer.
func headers(c *fiber.Ctx) error {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	c.Set(fiber.HeaderContentSecurityPolicy, policy(""))
	if strings.HasPrefix(c.Path(), apiPrefix) {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
	return c.Next()
}
