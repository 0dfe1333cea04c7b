package conformance_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
)

// byCommand builds a folder by the real command.
func byCommand(program, folder, out string) error {
	return command(program, "plugin", "build", folder, "--out", out)
}

// byRust builds a crate by the real command, and says where there is no Rust that
// makes WebAssembly.
func byRust(program, folder, out string) error {
	err := byCommand(program, folder, out)
	if err != nil && (strings.Contains(err.Error(), "cargo and rustc are not found") || strings.Contains(err.Error(), "can't compile to WebAssembly: add the target")) {
		return errMissing{err}
	}
	return err
}

// byClang compiles C as sdk/c/drawbridge.h says.
func byClang(_, folder, out string) error {
	for _, tool := range []string{"clang", "wasm-ld"} {
		if _, err := exec.LookPath(tool); err != nil {
			return errMissing{errors.New(tool + " is not here (Debian: apt-get install clang lld)")}
		}
	}
	source, err := filepath.Glob(filepath.Join(folder, "*.c"))
	if err != nil || len(source) != 1 {
		return errors.Join(err, errors.New(folder+": one C file is expected"))
	}
	out, err = filepath.Abs(out)
	if err != nil {
		return err
	}
	cmd := exec.Command("clang", "--target=wasm32", "-O2", "-nostdlib", "-mbulk-memory", "-fno-builtin", "-Wall", "-Wextra", "-Werror",
		"-Wl,--no-entry,--stack-first,-zstack-size=65536", "-o", out, filepath.Base(source[0]))
	cmd.Dir = folder // where its manifest is found
	return run(cmd)
}

// errMissing says that a toolchain isn't there.
type errMissing struct{ error }

func command(name string, args ...string) error { return run(exec.Command(name, args...)) }

func run(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.New(cmd.String() + ": " + err.Error() + "\n" + string(out))
	}
	return nil
}
