package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// TaskRuns starts the flows of tasks.
type TaskRuns interface {
	// Begin starts the flow of a task of a case, in the name of who asks.
	Begin(ctx context.Context, ref, task string) (cases.Case, error)
}

// CaseStep is what is to be done, in a template or a case.
type CaseStep struct {
	Key          string   `json:"key,omitempty" maxLength:"60" doc:"Names it within its template; given where it is left out"`
	Phase        string   `json:"phase"`
	Title        string   `json:"title"`
	Instructions string   `json:"instructions,omitempty" doc:"Markdown"`
	Required     bool     `json:"required,omitempty" doc:"It can't be skipped"`
	After        []string `json:"after,omitempty" doc:"Keys of those that come before it"`
	Within       string   `json:"within,omitempty" doc:"In which time from the case's opening, such as 4h or 2d"`
	Form         Value    `json:"form,omitzero" required:"false" doc:"JSON Schema of what is filled in with it"`
	Flow         string   `json:"flow,omitempty" doc:"The id of the flow that does it"`
	Auto         bool     `json:"auto,omitempty" doc:"The flow starts as soon as nothing holds it up"`
}

// CaseTask is a step of a case.
type CaseTask struct {
	CaseStep
	ID       string    `json:"id"`
	Template string    `json:"template,omitempty"`
	State    string    `json:"state" enum:"open,running,failed,done,skipped"`
	Blocked  []string  `json:"blocked,omitempty" doc:"The titles of what comes first"`
	Assignee string    `json:"assignee"`
	DueAt    time.Time `json:"dueAt,omitzero"`
	Overdue  bool      `json:"overdue"`
	Answers  Value     `json:"answers,omitzero" required:"false"`
	Note     string    `json:"note"`
	Run      string    `json:"run,omitempty"`
	DoneBy   string    `json:"doneBy,omitempty"`
	DoneAt   time.Time `json:"doneAt,omitzero"`
}

// Template is how cases of a kind are worked.
type Template struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Steps       []CaseStep `json:"steps" nullable:"false"`
	Version     int        `json:"version"`
	SavedBy     string     `json:"savedBy"`
	SavedAt     time.Time  `json:"savedAt"`
}

// TemplatePlan says what applying a template would do to the tasks of a case.
type TemplatePlan struct {
	Kept    []CaseTask `json:"kept" nullable:"false"`
	Added   []CaseTask `json:"added" nullable:"false"`
	Dropped []CaseTask `json:"dropped" nullable:"false"`
}

type saveTemplate struct {
	Body struct {
		ID          string     `json:"id,omitempty" maxLength:"100" doc:"Left out for a new one"`
		Version     int        `json:"version,omitempty" doc:"The version that it was made from"`
		Name        string     `json:"name"`
		Description string     `json:"description,omitempty" doc:"Markdown"`
		Steps       []CaseStep `json:"steps" maxItems:"500"`
	}
}

type addTask struct {
	ByID
	Body struct {
		CaseStep
		Assignee string `json:"assignee,omitempty" maxLength:"200"`
	}
}

// ByTask names a task of a case.
type ByTask struct {
	ByID
	Task string `path:"task" maxLength:"100"`
}

type changeTask struct {
	ByTask
	Body struct {
		State    *string    `json:"state,omitempty" enum:"open,done,skipped"`
		Note     *string    `json:"note,omitempty"`
		Answers  Value      `json:"answers,omitempty" doc:"The fields of its form"`
		Assignee *string    `json:"assignee,omitempty" maxLength:"200"`
		DueAt    *time.Time `json:"dueAt,omitempty"`
	}
}

type applyTemplate struct {
	ByID
	Body struct {
		Template string `json:"template" maxLength:"300" doc:"Its id or name"`
	}
}

type planTemplate struct {
	ByID
	Template string `query:"template" maxLength:"300" required:"true"`
}

func (s *Server) caseTaskRoutes() {
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/tasks", id: "listTasks", summary: "The tasks of a case, in their order", errors: []int{404}}, s.tasks)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/cases/{id}/tasks", id: "addTask", summary: "Add a task to a case", status: 201, errors: []int{404, 409, 422}}, s.addTask)
	route(s, needs(auth.CaseWork), operation{method: "PUT", path: "/cases/{id}/tasks/{task}", id: "changeTask", summary: "Do, skip or open a task again, fill in its form, give it to somebody", errors: []int{404, 409, 422}}, s.changeTask)
	route(s, needs(auth.FlowRun), operation{method: "POST", path: "/cases/{id}/tasks/{task}/run", id: "runTask", summary: "Start the flow of a task", errors: []int{404, 409, 422}}, s.runTask)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/template", id: "planTemplate", summary: "What applying a template to a case would keep, add and drop", errors: []int{404}}, s.planTemplate)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/cases/{id}/template", id: "applyTemplate", summary: "Give a case the tasks of a template", errors: []int{404, 409, 422}}, s.applyTemplate)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/templates", id: "listTemplates", summary: "The templates of cases, by name"}, s.templates)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/templates/{id}", id: "getTemplate", summary: "A template", errors: []int{404}}, s.template)
	route(s, needs(auth.CaseTemplate), operation{method: "POST", path: "/templates", id: "saveTemplate", summary: "Save a template as its next version", status: 201, errors: []int{409, 422}}, s.saveTemplate)
	route(s, needs(auth.CaseTemplate), operation{method: "DELETE", path: "/templates/{id}", id: "removeTemplate", summary: "Take a template out of the list; cases keep what was made of it", status: 204, errors: []int{404}}, s.removeTemplate)
}

func (s *Server) tasks(ctx context.Context, in *ByID) (*body[List[CaseTask]], error) {
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.Cases.Tasks(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return answer(List[CaseTask]{Items: taskItems(all, all)}), nil
}

func (s *Server) addTask(ctx context.Context, in *addTask) (*body[Case], error) {
	step, err := givenStep("", &in.Body.CaseStep)
	if err != nil {
		return nil, err
	}
	var e cases.TaskEdit
	if in.Body.Assignee != "" {
		if err := s.assignTask(ctx, &e, in.Body.Assignee); err != nil {
			return nil, err
		}
	}
	return caseAnswer(s.Cases.AddTask(ctx, cases.ActorOf(ctx), in.ID, "", step, e))
}

func (s *Server) assignTask(ctx context.Context, e *cases.TaskEdit, name string) error {
	var who cases.Edit
	err := s.Cases.Assign(ctx, &who, name)
	e.Assignee, e.AssigneeName = who.Assignee, who.AssigneeName
	return err
}

func (s *Server) changeTask(ctx context.Context, in *changeTask) (*body[Case], error) {
	e := cases.TaskEdit{State: in.Body.State, Note: in.Body.Note, Answers: in.Body.Answers.V, Due: in.Body.DueAt}
	if in.Body.Assignee != nil {
		if err := s.assignTask(ctx, &e, *in.Body.Assignee); err != nil {
			return nil, err
		}
	}
	if err := s.checkAnswers(ctx, in.ID, in.Task, &e); err != nil {
		return nil, err
	}
	return caseAnswer(s.Cases.ChangeTask(ctx, cases.ActorOf(ctx), in.ID, "", in.Task, &e))
}

// checkAnswers holds what was filled in against the form of a task that is done.
func (s *Server) checkAnswers(ctx context.Context, ref, task string, e *cases.TaskEdit) error {
	if e.State == nil || *e.State != cases.TaskDone {
		return nil
	}
	c, err := s.Cases.Case(ctx, ref)
	if err != nil {
		return err
	}
	all, err := s.Cases.Tasks(ctx, c.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(t cases.Task) bool { return t.ID == task })
	if at < 0 || len(all[at].Form) == 0 {
		return nil
	}
	form, err := flow.ParseValue(all[at].Form)
	if err != nil {
		return err
	}
	schema, err := check.Schema(form)
	if err != nil {
		return err // it was compiled when it was saved
	}
	filled := e.Answers
	if filled == nil {
		if filled = all[at].Answers; filled == nil {
			filled = map[string]any{}
		}
	}
	if problems := check.Value(schema, "/answers", filled); problems.Failed() {
		return problems
	}
	return nil
}

func (s *Server) runTask(ctx context.Context, in *ByTask) (*body[Case], error) {
	return caseAnswer(s.TaskRuns.Begin(ctx, in.ID, in.Task))
}

func (s *Server) planTemplate(ctx context.Context, in *planTemplate) (*body[TemplatePlan], error) {
	p, err := s.Cases.PlanTemplate(ctx, in.ID, in.Template)
	if err != nil {
		return nil, err
	}
	return answer(TemplatePlan{taskItems(p.Kept, nil), taskItems(p.Added, nil), taskItems(p.Dropped, nil)}), nil
}

func (s *Server) applyTemplate(ctx context.Context, in *applyTemplate) (*body[Case], error) {
	return caseAnswer(s.Cases.ApplyTemplate(ctx, cases.ActorOf(ctx), in.ID, "", in.Body.Template))
}

func (s *Server) templates(ctx context.Context, _ *none) (*body[List[Template]], error) {
	found, err := s.Cases.Templates(ctx)
	if err != nil {
		return nil, err
	}
	list := List[Template]{Items: make([]Template, len(found))}
	for i := range found {
		list.Items[i] = templateItem(&found[i])
	}
	return answer(list), nil
}

func (s *Server) template(ctx context.Context, in *ByID) (*body[Template], error) {
	t, err := s.Cases.Template(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	return answer(templateItem(&t)), nil
}

func (s *Server) saveTemplate(ctx context.Context, in *saveTemplate) (*body[Template], error) {
	b := &in.Body
	t := cases.Template{ID: b.ID, Version: b.Version, Name: b.Name, Description: b.Description, Steps: make([]cases.Step, len(b.Steps))}
	for i := range b.Steps {
		var err error
		if t.Steps[i], err = givenStep("steps/"+strconv.Itoa(i)+"/", &b.Steps[i]); err != nil {
			return nil, err
		}
	}
	saved, err := s.Cases.SaveTemplate(ctx, t)
	if err != nil {
		return nil, err
	}
	return answer(templateItem(&saved)), nil
}

func (s *Server) removeTemplate(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.Cases.RemoveTemplate(ctx, in.ID)
}

// givenStep reads a step as it was sent; field is where it stands.
func givenStep(field string, g *CaseStep) (cases.Step, error) {
	out := cases.Step{Key: g.Key, Phase: g.Phase, Title: g.Title, Instructions: g.Instructions, Required: g.Required, After: g.After, Flow: g.Flow, Auto: g.Auto}
	if g.Within != "" {
		within, err := flow.ParseDuration(g.Within)
		if err != nil {
			return out, &cases.FieldError{Field: field + "within", Message: err.Error(), Fix: "write it as 90m, 36h or 7d"}
		}
		out.Within = within
	}
	if g.Form.V == nil {
		return out, nil
	}
	if _, err := check.Schema(g.Form.V); err != nil {
		return out, &cases.FieldError{Field: field + "form", Message: "this is no JSON Schema: " + err.Error(), Fix: "describe an object with its properties"}
	}
	out.Form = json.RawMessage(bytes.Clone(flow.CompactJSON(g.Form.V)))
	return out, nil
}

func caseStep(s *cases.Step) CaseStep {
	out := CaseStep{Key: s.Key, Phase: s.Phase, Title: s.Title, Instructions: s.Instructions, Required: s.Required, After: s.After, Flow: s.Flow, Auto: s.Auto}
	if s.Within > 0 {
		out.Within = flow.DurationText(s.Within)
	}
	if len(s.Form) > 0 {
		out.Form.V, _ = flow.ParseValue(s.Form) // it was made by the same
	}
	return out
}

// taskItems shows tasks; all are those among which some hold up others, nil is nobody.
func taskItems(list, all []cases.Task) []CaseTask {
	out := make([]CaseTask, len(list))
	now := time.Now()
	for i := range list {
		t := &list[i]
		out[i] = CaseTask{
			CaseStep: caseStep(&t.Step), ID: t.ID, Template: t.Template, State: t.State, Assignee: t.AssigneeName, DueAt: t.Due, Overdue: !t.Over() && !t.Due.IsZero() && now.After(t.Due),
			Answers: Value{t.Answers}, Note: t.Note, Run: t.Run, DoneBy: t.DoneBy.Name, DoneAt: t.Done,
		}
		if !t.Over() {
			out[i].Blocked = cases.Blocked(t, all)
		}
	}
	return out
}

func templateItem(t *cases.Template) Template {
	out := Template{ID: t.ID, Name: t.Name, Description: t.Description, Steps: make([]CaseStep, len(t.Steps)), Version: t.Version, SavedBy: t.By, SavedAt: t.At}
	for i := range t.Steps {
		out.Steps[i] = caseStep(&t.Steps[i])
	}
	return out
}

// blockedProblem answers a task that others come before; nil is another error.
func blockedProblem(err error) *Problem {
	var blocked *cases.BlockedError
	if !errors.As(err, &blocked) {
		return nil
	}
	return problemAt(http.StatusConflict, "task.blocked", "/state", blocked.Error())
}
