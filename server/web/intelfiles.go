package web

import (
	"context"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// IndicatorImport says what an import of a file would do, or did.
type IndicatorImport struct {
	Applied   bool                     `json:"applied"`
	New       int                      `json:"new" doc:"Indicators that weren't here"`
	Changed   int                      `json:"changed" doc:"Indicators of which more is known by it"`
	Same      int                      `json:"same"`
	Modelled  int                      `json:"modelled" doc:"Objects or lines that are indicators, or say something of one"`
	Kept      int                      `json:"kept" doc:"Objects that are kept and given back as they came"`
	Refused   int                      `json:"refused"`
	Sightings int                      `json:"sightings"`
	Findings  []IndicatorImportFinding `json:"findings" nullable:"false" doc:"Of each object or line; what was refused comes first, and the first 1000 are listed"`
}

// IndicatorImportFinding is what became of an object or line.
type IndicatorImportFinding struct {
	Place   string `json:"place" doc:"The id of a STIX object, or the line of a CSV file"`
	Type    string `json:"type"`
	Outcome string `json:"outcome" enum:"modelled,kept,refused"`
	Message string `json:"message"`
	Fix     string `json:"fix"`
}

// ImportFile says how a file is imported.
type ImportFile struct {
	Apply  bool   `query:"apply" doc:"Without it, it is said what would happen, and nothing does"`
	Source string `query:"source" maxLength:"200" doc:"Who says so, where the file doesn't"`
}

type importSTIX struct {
	ImportFile
	RawBody []byte `contentType:"application/json"`
}

type importCSV struct {
	ImportFile
	Columns string `query:"columns" maxLength:"2000" doc:"Names of the columns with commas between, where the first line doesn't tell; an empty one is skipped"`
	RawBody []byte `contentType:"text/csv"`
}

type exportIndicators struct {
	IndicatorFilter
	Format string `query:"format" enum:"stix,csv" default:"stix"`
}

func (s *Server) intelFileRoutes() {
	route(s, needs(auth.IntelWrite), operation{method: "POST", path: "/indicators/import/stix", id: "importSTIX", summary: "Import a STIX 2.1 bundle, or see what that would do", limit: maxInput, errors: []int{413, 415, 422}}, s.importSTIX)
	route(s, needs(auth.IntelWrite), operation{method: "POST", path: "/indicators/import/csv", id: "importCSV", summary: "Import a CSV file, or see what that would do", limit: maxInput, media: "text/csv", errors: []int{413, 415, 422}}, s.importCSV)
	route(s, needs(auth.IntelRead), operation{method: "GET", path: "/indicators/export", id: "exportIndicators", summary: "Indicators as a STIX 2.1 bundle or a CSV file", errors: []int{422}}, s.exportIndicators)
}

func (s *Server) importSTIX(ctx context.Context, in *importSTIX) (*body[IndicatorImport], error) {
	return importAnswer(s.Intel.ImportSTIX(ctx, cases.ActorOf(ctx), &intel.File{Content: in.RawBody, Source: in.Source}, in.Apply))
}

func (s *Server) importCSV(ctx context.Context, in *importCSV) (*body[IndicatorImport], error) {
	f := &intel.File{Content: in.RawBody, Source: in.Source}
	if in.Columns != "" {
		f.Columns = strings.Split(in.Columns, ",")
	}
	return importAnswer(s.Intel.ImportCSV(ctx, cases.ActorOf(ctx), f, in.Apply))
}

func importAnswer(r *intel.Report, err error) (*body[IndicatorImport], error) {
	if err != nil {
		return nil, err
	}
	out := IndicatorImport{r.Applied, r.New, r.Changed, r.Same, r.Modelled, r.Kept, r.Refused, r.Sightings, make([]IndicatorImportFinding, len(r.Findings))}
	for n, f := range r.Findings {
		out.Findings[n] = IndicatorImportFinding(f)
	}
	return answer(out), nil
}

func (s *Server) exportIndicators(ctx context.Context, in *exportIndicators) (*exported, error) {
	if in.Format == "csv" {
		content, err := s.Intel.ExportCSV(ctx, in.query())
		return &exported{"text/csv", `attachment; filename="indicators.csv"`, content}, err
	}
	content, err := s.Intel.ExportSTIX(ctx, in.query())
	return &exported{"application/json", `attachment; filename="indicators.json"`, content}, err
}
