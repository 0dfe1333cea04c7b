package web

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// CaseAttachment is a file of a case.
type CaseAttachment struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Size    int64     `json:"size" doc:"Bytes"`
	Type    string    `json:"type" doc:"The media type that its first bytes tell; they may lie"`
	SHA256  string    `json:"sha256"`
	AddedAt time.Time `json:"addedAt"`
	AddedBy CaseActor `json:"addedBy"`
}

// CaseAttachments are the files of a case, with how large a further one may be.
type CaseAttachments struct {
	List[CaseAttachment]
	Limit int64 `json:"limit" doc:"The most bytes of one file"`
}

// addAttachment reads its body as it comes.
type addAttachment struct {
	ByID
	Name          string `query:"name" required:"true" maxLength:"4096" doc:"What the file is called: folders and what can't be seen are taken out of it"`
	ContentLength int64  `header:"Content-Length" hidden:"true" default:"-1"`

	body io.Reader
}

// Resolve implements [huma.Resolver].
func (in *addAttachment) Resolve(ctx huma.Context) []error {
	in.body = strings.NewReader("")
	if body, ok := humafiber.Unwrap(ctx).Locals(comingKey{}).(*coming); ok {
		in.body = body
	}
	return nil
}

type attachmentOf struct {
	ByID
	Attachment string `path:"attachment" maxLength:"100"`
}

func (s *Server) attachmentRoutes() {
	const list, one = "/cases/{id}/attachments", "/cases/{id}/attachments/{attachment}"
	route(s, needs(auth.CaseRead), operation{method: "GET", path: list, id: "listAttachments", summary: "Files of a case, the first added first", errors: []int{404}}, s.attachments)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: list, id: "addAttachment", summary: "Attach a file, which is the body; the same content under the same name is attached once", status: 201, stream: true, media: fiber.MIMEOctetStream, errors: []int{400, 404, 409, 413, 415, 422, 503}}, s.addAttachment)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: one, id: "downloadAttachment", summary: "What is in a file of a case, to be saved and never shown", errors: []int{404, 503}}, s.downloadAttachment)
	route(s, needs(auth.CaseWork), operation{method: "DELETE", path: one, id: "removeAttachment", summary: "Take a file away from a case; its hash stays an artifact", errors: []int{404, 409}}, s.removeAttachment)
}

func (s *Server) attachments(ctx context.Context, in *ByID) (*body[CaseAttachments], error) {
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Cases.Attachments(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := CaseAttachments{List[CaseAttachment]{Items: make([]CaseAttachment, len(found))}, s.Cases.FileLimit()}
	for i := range found {
		out.Items[i] = caseAttachment(&found[i])
	}
	return answer(out), nil
}

func caseAttachment(a *cases.Attachment) CaseAttachment {
	return CaseAttachment{a.ID, a.Name, a.Size, a.Type, a.SHA256, a.Added, caseActor(&a.AddedBy)}
}

func (s *Server) addAttachment(ctx context.Context, in *addAttachment) (*body[CaseAttachment], error) {
	done, err := s.place(ctx, s.uploads, filePlaceWithin, "too many files are being sent at once: send it again in a moment")
	if err != nil {
		return nil, err
	}
	defer done()
	_, a, err := s.Cases.Attach(ctx, cases.ActorOf(ctx), in.ID, "", cases.Upload{Name: in.Name, Size: in.ContentLength, Content: in.body})
	if err != nil {
		return nil, err
	}
	return answer(caseAttachment(&a)), nil
}

func (s *Server) removeAttachment(ctx context.Context, in *attachmentOf) (*body[Case], error) {
	return caseAnswer(s.Cases.Detach(ctx, cases.ActorOf(ctx), in.ID, in.Attachment))
}
