package web

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Sample is a recorded input, to try a flow with.
type Sample struct {
	Name    string `json:"name" minLength:"1" maxLength:"200"`
	Trigger string `json:"trigger" doc:"Node id; empty is the default one"`
	Input   Value  `json:"input"`
}

type saveSamples struct {
	ByID
	Body struct {
		Items []Sample `json:"items" maxItems:"100"`
	}
}

func (s *Server) sampleRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/samples", id: "listSamples", summary: "A flow's recorded inputs", errors: []int{404}}, s.samples)
	route(s, needs(auth.FlowWrite), operation{method: "PUT", path: "/flows/{id}/samples", id: "saveSamples", summary: "Replace a flow's recorded inputs", limit: maxInput, errors: []int{404, 413, 415, 422}}, s.saveSamples)
	route(s, needs(auth.FlowRead), operation{method: "POST", path: "/flows/{id}/preview", id: "previewExpression", summary: "Evaluate a template on a run's data, or on a sample", limit: maxInput, errors: []int{404, 413, 415, 422}}, s.preview)
}

func (s *Server) samples(ctx context.Context, in *ByID) (*body[List[Sample]], error) {
	if _, err := s.Library.Draft(ctx, in.ID); err != nil {
		return nil, err
	}
	samples, err := s.Library.Samples(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list := List[Sample]{Items: make([]Sample, len(samples))}
	for i, sample := range samples {
		list.Items[i] = Sample{sample.Name, sample.Trigger, Value{sample.Input}}
	}
	return answer(list), nil
}

func (s *Server) saveSamples(ctx context.Context, in *saveSamples) (*body[List[Sample]], error) {
	samples := make([]library.Sample, len(in.Body.Items))
	for i, sample := range in.Body.Items {
		samples[i] = library.Sample{Name: sample.Name, Trigger: sample.Trigger, Input: sample.Input.V}
	}
	if err := s.Library.SaveSamples(ctx, in.ID, samples); err != nil {
		return nil, err
	}
	return answer(List[Sample]{Items: nonNil(in.Body.Items)}), nil
}
