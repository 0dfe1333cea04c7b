package web

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/live"
)

// Cut tells how much of a value there is beside what is shown.
type Cut struct {
	Size int         `json:"size" doc:"Bytes of the whole"`
	More []live.More `json:"more" doc:"Where there is more, at most a thousand places"`
}

// maxPlaces is the most places that tell of more.
const maxPlaces = 1000

// cut leaves the beginnings of a step's input and output, of most bytes each.
func (st *Step) cut(most int) {
	shown := func(v any) (any, *Cut) {
		if value, ok := v.(Value); ok {
			v = value.V
		}
		short, size, more := live.Sample(v, most)
		if more == nil {
			return v, nil
		}
		return short, &Cut{size, more[:min(len(more), maxPlaces)]}
	}
	input, cut := shown(st.Input)
	st.Input, st.InputCut = Value{input}, cut
	if st.Ask == "" {
		output, cut := shown(st.Output)
		st.Output, st.OutputCut = Value{output}, cut
	}
}

func (s *Server) wholeStep(ctx context.Context, in *stepOf) (*folded, *Step, error) {
	f, err := s.fold(ctx, in.ID)
	if err != nil {
		return nil, nil, err
	}
	step, err := f.step(ctx, in.Key)
	return f, step, err
}

func (s *Server) stepOutput(ctx context.Context, in *stepOf) (*exported, error) {
	_, step, err := s.wholeStep(ctx, in)
	if err != nil {
		return nil, err
	}
	value, _ := step.Output.(Value) // a question's is not told
	return asFile(in.Key+"-output", value.V), nil
}

func (s *Server) stepInput(ctx context.Context, in *stepOf) (*exported, error) {
	_, step, err := s.wholeStep(ctx, in)
	if err != nil {
		return nil, err
	}
	return asFile(in.Key+"-input", step.Input.V), nil
}

func (s *Server) runOutput(ctx context.Context, in *ByID) (*exported, error) {
	f, err := s.fold(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return asFile("run-output", f.state.Output), nil
}

// asFile gives a value as a JSON file. Names are made of step keys, which have
// small letters, digits, dots and underscores.
func asFile(name string, v any) *exported {
	return &exported{
		ContentType: "application/json",
		Disposition: `attachment; filename="` + name + `.json"`,
		Body:        flow.CompactJSON(v),
	}
}
