package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

func pluginBuildCommand() *cobra.Command {
	var out string
	var pack bool
	c := &cobra.Command{
		Use:   "build DIR",
		Short: "Compile a connector and put its manifest into the file",
		Long: `Make a connector file of the folder DIR, put its manifest into the file and leave
DIR/NAME.wasm, NAME being the connector's id, or the folder's name where the
file carries several connectors.

A folder with Go files is compiled by the go command. One with index.ts or
index.js is JavaScript or TypeScript, and needs nothing but this program: its
files are joined into one script, types are erased (not checked), and the manifest
is what the script declares when it is run in the sandbox. One with a Cargo.toml
is Rust: cargo compiles it, offline, and the manifest is what the module declares.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, size, err := buildPlugin(cmd.Context(), args[0], out, pack, cmd.ErrOrStderr())
			if err == nil {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s (%s)\n", path, bytesText(size))
			}
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write instead")
	c.Flags().BoolVar(&pack, "zstd", false, "compress the file, as bundled connectors are (.wasm.zst)")
	return c
}

func buildPlugin(ctx context.Context, dir, out string, pack bool, log io.Writer) (string, int, error) {
	build := buildGo
	goFiles, err := filepath.Glob(filepath.Join(dir, "*.go"))
	switch {
	case err != nil:
		return "", 0, err
	case isRust(dir): // before Go: its tests may be in Go
		build = buildRust
	case len(goFiles) > 0:
	case js.Entry(dir) != "":
		build = buildScript
	default:
		return "", 0, invalid(fmt.Errorf("%s: there is neither a Go file in it, nor an index.js or index.ts, nor a Cargo.toml: name the folder of a connector", dir))
	}
	file, list, err := build(ctx, dir, log)
	if err != nil {
		var missing errToolchain
		if !errors.As(err, &missing) && ctx.Err() == nil {
			removeStale(dir, out)
		}
		return "", 0, err
	}
	if pack {
		if file, err = compress(file); err != nil {
			return "", 0, err
		}
	}
	if out == "" {
		out = filepath.Join(dir, outputName(dir, list, pack))
	}
	return out, len(file), os.WriteFile(out, file, 0o644) //nolint:gosec // a connector is no secret
}

// buildGo makes a connector file of a folder in Go.
func buildGo(ctx context.Context, dir string, log io.Writer) ([]byte, []abi.Manifest, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, nil, errToolchain{errors.New("the go command is not found: install Go to build a Go connector")}
	}
	raw, list, err := printManifest(ctx, dir, log)
	if err != nil {
		return nil, nil, err
	}
	code, err := compilePlugin(ctx, dir, log)
	if err != nil {
		return nil, nil, err
	}
	file, err := catalog.AppendSection(code, abi.ManifestSection, raw)
	return file, list, err
}

// printManifest asks the connector itself, run natively, what it is.
func printManifest(ctx context.Context, dir string, log io.Writer) ([]byte, []abi.Manifest, error) {
	var stdout bytes.Buffer
	cmd := goCommand(ctx, dir, log, "run", ".", "-manifest")
	cmd.Stdout = &stdout
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("the connector in %s can't print its manifest (go run . -manifest): %w", dir, err)
	}
	raw := bytes.TrimSpace(stdout.Bytes())
	list, err := catalog.DecodeManifests(raw)
	if err == nil {
		err = soundManifests(list)
	}
	return raw, list, err
}

func compilePlugin(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "drawbridge-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // a temporary folder
	out := filepath.Join(tmp, "plugin.wasm")
	cmd := goCommand(ctx, dir, log, "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	cmd.Env = append(cmd.Env, "GOOS=wasip1", "GOARCH=wasm")
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("the connector in %s does not compile to WebAssembly: %w", dir, err)
	}
	return os.ReadFile(out)
}

func goCommand(ctx context.Context, dir string, log io.Writer, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // fixed arguments
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = log
	return cmd
}

func compress(file []byte) ([]byte, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(file, nil), z.Close()
}

func outputName(dir string, list []abi.Manifest, pack bool) string {
	name := list[0].ID
	if abs, err := filepath.Abs(dir); err == nil && len(list) > 1 {
		name = filepath.Base(abs)
	}
	if pack {
		return name + ".wasm.zst"
	}
	return name + ".wasm"
}

func bytesText(n int) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
