package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/js"
)

// MaxScript is the most bytes of the script of a node.
const MaxScript = 64 << 10

// Limits of a process that reads one script.
const (
	scriptData   = 768 << 20
	scriptCPU    = 4 * time.Second
	scriptWithin = 15 * time.Second
	maxBundle    = 8 << 20
	// scriptsKept is how many verdicts are remembered.
	scriptsKept = 2000
)

// scriptChildEnv says to a child that it reads a script, and does nothing else.
const scriptChildEnv = "DRAWBRIDGE_CHILD=script"

// ScriptReader reads the scripts of nodes: in a process of its own for each, because the
// bundler recurses as deep as a script does, and a stack that overflows ends its process.
type ScriptReader struct {
	turns chan struct{} // one at a time: each may take much memory

	mu       sync.Mutex
	verdicts map[[sha256.Size]byte]error
}

// NewScriptReader makes a reader that has read nothing.
func NewScriptReader() *ScriptReader {
	return &ScriptReader{turns: make(chan struct{}, 1), verdicts: map[[sha256.Size]byte]error{}}
}

// scriptJob is what a child is asked, and scriptAnswer what it answers.
type scriptJob struct {
	Source string
	Bundle bool
}

type scriptAnswer struct {
	Fault  *js.CodeError
	Script *js.Script
}

// Check says whether a script can be read; the error is a [*js.CodeError] where it is the
// script's fault.
func (r *ScriptReader) Check(source string) error {
	if err := tooLong(source); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(source))
	r.mu.Lock()
	verdict, known := r.verdicts[sum]
	r.mu.Unlock()
	if known {
		return verdict
	}
	_, err := r.read(scriptJob{Source: source})
	var fault *js.CodeError
	if err == nil || errors.As(err, &fault) {
		r.mu.Lock()
		if len(r.verdicts) >= scriptsKept {
			clear(r.verdicts)
		}
		r.verdicts[sum] = err
		r.mu.Unlock()
	}
	return err
}

// Bundle makes the code of a connector of a script.
func (r *ScriptReader) Bundle(source string) (*js.Script, error) {
	if err := tooLong(source); err != nil {
		return nil, err
	}
	return r.read(scriptJob{Source: source, Bundle: true})
}

func tooLong(source string) error {
	if len(source) > MaxScript {
		return &js.CodeError{Message: fmt.Sprintf("it has more than %d KiB", MaxScript>>10)}
	}
	return nil
}

func (r *ScriptReader) read(job scriptJob) (*js.Script, error) {
	r.turns <- struct{}{}
	defer func() { <-r.turns }()
	asked, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), scriptWithin) //nolint:forbidigo // a check has no context: this is its bound
	defer cancel()
	cmd := exec.CommandContext(ctx, programPath, ChildArg)
	cmd.Args[0], cmd.Dir = "drawbridge", "/"
	cmd.Env = []string{scriptChildEnv, fmt.Sprintf("GOMEMLIMIT=%d", scriptData/2), "GOMAXPROCS=1", "GOTRACEBACK=none"}
	cmd.Stdin = bytes.NewReader(asked)
	out, err := cmd.Output()
	var answer scriptAnswer
	if err != nil || json.Unmarshal(out, &answer) != nil {
		var ended *exec.ExitError
		if err == nil || errors.As(err, &ended) {
			return nil, &js.CodeError{Message: "it is too deep or too tangled to be read"}
		}
		return nil, fmt.Errorf("reading a script: %w", err)
	}
	if answer.Fault != nil {
		return nil, answer.Fault
	}
	return answer.Script, nil
}

// scriptChild is the main function of a process that reads one script.
func scriptChild() error {
	if err := limitSelf(scriptData, scriptCPU); err != nil {
		return fmt.Errorf("set own limits: %w", err)
	}
	asked, err := io.ReadAll(io.LimitReader(os.Stdin, 8*MaxScript))
	if err != nil {
		return err
	}
	var job scriptJob
	if err := json.Unmarshal(asked, &job); err != nil {
		return err
	}
	var answer scriptAnswer
	if job.Bundle {
		answer.Script, err = js.BundleCode(job.Source)
	} else {
		err = js.CheckCode(job.Source)
	}
	if err != nil && !errors.As(err, &answer.Fault) {
		return err
	}
	data, err := json.Marshal(answer)
	if err == nil && len(data) > maxBundle {
		err = errors.New("the bundle is too large")
	}
	if err == nil {
		_, err = os.Stdout.Write(data)
	}
	return err
}

// readsScript says whether this process is to read a script.
func readsScript() bool { return os.Getenv("DRAWBRIDGE_CHILD") == "script" }
