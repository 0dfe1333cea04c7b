package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func pluginCommand() *cobra.Command {
	c := &cobra.Command{Use: "plugin", Short: "Build, check and try connectors", RunE: group}
	c.AddCommand(pluginNewCommand(), pluginBuildCommand(), pluginPackCommand(), pluginOpenAPICommand(), pluginTestCommand(), pluginCheckCommand(), pluginRunCommand(), pluginInstallCommand())
	return c
}

// readPlugin reads a connector file, packed or not.
func readPlugin(path string) ([]byte, error) {
	if strings.HasSuffix(path, ".wasm") || strings.HasSuffix(path, ".wasm.zst") {
		file, err := catalog.ReadFile(os.DirFS(filepath.Dir(path)), filepath.Base(path))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s: build it with drawbridge plugin build", path)
		}
		return file, err
	}
	return nil, fmt.Errorf("%s: the name of a connector file ends in .wasm or .wasm.zst", path)
}

// workbench is a sandbox for one command, with one connector file in it.
type workbench struct {
	*sandbox.Sandbox
	module *catalog.Module
	// credential is the one that calls may use, or nil.
	credential *egress.Credential
	catalog    *catalog.Catalog
	blobs      egress.Blobs
	broker     *swapped
	undo       []func() error
}

// swapped is a broker that another may take the place of between two calls.
type swapped struct{ egress.Broker }

// openWorkbench makes a sandbox in a folder of its own. Compiled code is kept
// between commands, since compiling a large connector takes seconds.
func openWorkbench(file []byte, p app.Powers, consent bool) (w *workbench, err error) {
	w = &workbench{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	c := catalog.New()
	if w.module, err = c.Add(file); err != nil {
		return w, invalid(err)
	}
	dir, err := os.MkdirTemp("", "drawbridge-blobs-")
	if err != nil {
		return w, err
	}
	w.undo = append(w.undo, func() error { return os.RemoveAll(dir) })
	blobs, err := egress.NewFolderBlobs(dir)
	if err != nil {
		return w, err
	}
	w.undo = append(w.undo, blobs.Close)
	broker, credential, err := p.Broker(c, blobs, consent)
	if err != nil {
		return w, invalid(err)
	}
	w.credential, w.catalog, w.blobs, w.broker = credential, c, blobs, &swapped{broker}
	w.Sandbox, err = sandbox.New(sandbox.Options{Catalog: c, Blobs: blobs, Broker: w.broker, CacheDir: compileCache()})
	if err == nil {
		w.undo = append(w.undo, w.Sandbox.Close)
	}
	return w, err
}

// start starts a connector, and tells what it is warned of.
func (w *workbench) start(cmd *cobra.Command, con *catalog.Connector) error {
	logs, err := w.Start(cmd.Context(), con.Manifest.ID, con.Manifest.Version)
	warn(cmd.ErrOrStderr(), logs)
	return err
}

// warn prints what was logged as a warning.
func warn(out io.Writer, logs []sandbox.LogLine) {
	for _, l := range logs {
		if l.Level == "warn" {
			fmt.Fprintln(out, "warning:", l.Message)
		}
	}
}

// Close takes everything down, the last made first.
func (w *workbench) Close() error {
	var errs []error
	for i := len(w.undo) - 1; i >= 0; i-- {
		errs = append(errs, w.undo[i]())
	}
	w.undo = nil
	return errors.Join(errs...)
}

// compileCache is where a user's commands keep compiled code; empty where the
// user has no such place.
func compileCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "drawbridge", "compiled")
}

// readInput reads a file, or standard input for "-".
func readInput(cmd *cobra.Command, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = invalid(err)
	}
	return b, err
}
