package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Sample is a recorded input, to try a flow with.
type Sample struct {
	Name    string `json:"name" minLength:"1" maxLength:"200"`
	Trigger string `json:"trigger" doc:"Node id; empty is the default one"`
	Input   Value  `json:"input"`
}

// Samples are a flow's recorded inputs.
type Samples struct {
	Items    []Sample `json:"items"`
	Revision int64    `json:"revision" doc:"Give it as If-Match of a change; it is apart from the draft's"`
}

type allSamples struct {
	ETag string `header:"ETag"`
	Body Samples
}

type saveSamples struct {
	ByID
	IfMatch string `header:"If-Match" doc:"The revision that the change was made from; without it, whatever others changed meanwhile"`
	Body    struct {
		Items []Sample `json:"items" maxItems:"100"`
	}
}

func (s *Server) sampleRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/samples", id: "listSamples", summary: "A flow's recorded inputs", errors: []int{404}}, s.samples)
	route(s, needs(auth.FlowWrite), operation{method: "PUT", path: "/flows/{id}/samples", id: "saveSamples", summary: "Replace a flow's recorded inputs", limit: maxInput, errors: []int{400, 404, 409, 413, 415, 422}}, s.saveSamples)
	route(s, needs(auth.FlowRead), operation{method: "POST", path: "/flows/{id}/preview", id: "previewExpression", summary: "Evaluate a template on a run's data, or on a sample", limit: maxInput, errors: []int{404, 413, 415, 422}}, s.preview)
}

func (s *Server) samples(ctx context.Context, in *ByID) (*allSamples, error) {
	if _, err := s.Library.Draft(ctx, in.ID); err != nil {
		return nil, err
	}
	samples, err := s.Library.Samples(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return showSamples(sampleItems(samples.Items), samples.Revision), nil
}

func showSamples(items []Sample, revision int64) *allSamples {
	return &allSamples{etag(revision), Samples{items, revision}}
}

func sampleItems(list []library.Sample) []Sample {
	items := make([]Sample, len(list))
	for i, sample := range list {
		items[i] = Sample{sample.Name, sample.Trigger, Value{sample.Input}}
	}
	return items
}

func (s *Server) saveSamples(ctx context.Context, in *saveSamples) (*allSamples, error) {
	base, err := ifMatchGiven(in.IfMatch, library.AnyRevision)
	if err != nil {
		return nil, err
	}
	samples := make([]library.Sample, len(in.Body.Items))
	for i, sample := range in.Body.Items {
		samples[i] = library.Sample{Name: sample.Name, Trigger: sample.Trigger, Input: sample.Input.V}
	}
	revision, err := s.Library.SaveSamples(ctx, in.ID, base, samples)
	var conflict *library.SamplesConflictError
	if errors.As(err, &conflict) {
		p := problem(http.StatusConflict, conflict.Error())
		p.Yours, p.Current, p.Samples = conflict.Yours, conflict.Current.Revision, sampleItems(conflict.Current.Items)
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	return showSamples(nonNil(in.Body.Items), revision), nil
}
