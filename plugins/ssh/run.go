package ssh

import (
	"errors"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of what a command is given and may write.
const (
	maxInput  = 1 << 20
	maxOutput = 1 << 20
)

// run runs a command that may change something: what went on is no longer known where
// its end isn't seen, so no such error asks to be tried again.
func run(c *sdk.Context, in RunInput) (RunOutput, error) {
	out, began, err := command(c, in)
	var known *abi.Error
	if began && errors.As(err, &known) && known.Code != abi.CodeTooLarge {
		return out, &abi.Error{Code: known.Code, Message: known.Message + ": whether the command did its work isn't known", Details: known.Details}
	}
	return out, err
}

func read(c *sdk.Context, in RunInput) (RunOutput, error) {
	out, _, err := command(c, in)
	return out, err
}

func check(c *sdk.Context, in Server) (CheckOutput, error) {
	shell, err := c.DialShell(in.Host, in.Port, c.Credential, loginTime)
	if err != nil {
		return CheckOutput{}, err
	}
	return CheckOutput{shell.Server, shell.HostKey}, shell.Close()
}

// command runs a command, and says whether it may have begun.
func command(c *sdk.Context, in RunInput) (out RunOutput, began bool, err error) {
	text, err := line(in)
	if err != nil {
		return out, false, err
	}
	input, err := in.Input.Bytes(maxInput)
	if err != nil {
		return out, false, err
	}
	shell, err := c.DialShell(in.Host, in.Port, c.Credential, loginTime)
	if err != nil {
		return out, false, err
	}
	defer shell.Close() //nolint:errcheck // what was to be read is read
	if err := readsQuotes(shell, text); err != nil {
		return out, false, err
	}
	start := c.Now()
	shell.SetDeadline(start.Add(time.Duration(in.Seconds) * time.Second))
	out.HostKey = shell.HostKey
	err = shell.Start(text, input)
	var known *abi.Error
	if errors.As(err, &known) && known.Code == abi.CodeDenied {
		return out, false, err
	}
	if err == nil {
		err = out.collect(shell)
	}
	if errors.As(err, &known) && known.Code == abi.CodeTimeout {
		err = &abi.Error{Code: abi.CodeTimeout, Message: shell.Place() + ": the command didn't end within the time it is given; it was told to stop, and may go on there", Retryable: known.Retryable}
	}
	out.Milliseconds = int(c.Now().Sub(start).Milliseconds())
	return out, true, err
}

// readsQuotes refuses a machine whose shell may make other words of a command than these:
// what is not known to be one of POSIX is given only what no shell makes anything of. On
// others a quote may be a letter like any other, and what follows it a command.
func readsQuotes(shell *sdk.Shell, text string) error {
	name := strings.ToLower(shell.Server)
	windows := strings.Contains(name, "windows") || strings.Contains(name, "winsshd")
	posix := strings.Contains(name, "openssh") || strings.Contains(name, "dropbear")
	switch {
	case windows:
		return sdk.Fail("not_posix", "%s is a Windows machine (%s), whose shells don't read what is quoted for those of POSIX: nothing was run", shell.Place(), shell.Server)
	case !posix && strings.ContainsFunc(text, func(r rune) bool { return r != ' ' && !plain(r) }):
		return sdk.Fail("not_posix", "%s (%s) is not known to have a shell of POSIX, and one of the words must be quoted for it: nothing was run. Letters, digits and %s alone are sent there", shell.Place(), shell.Server, plainSigns)
	}
	return nil
}

// collect reads until the command ends.
func (out *RunOutput) collect(shell *sdk.Shell) error {
	var stdout, stderr []byte
	for {
		more, wrong, exit, err := shell.Read()
		if err != nil {
			return err
		}
		stdout, stderr = append(stdout, more...), append(stderr, wrong...)
		switch {
		case len(stdout)+len(stderr) > maxOutput:
			return sdk.TooLarge("the command at %s writes more than %d MiB and was told to stop: have it write less, or into a file there", shell.Place(), maxOutput>>20)
		case exit != nil:
			out.ExitCode, out.Signal = exit.Status, exit.Signal
			out.OK = exit.Status == 0 && exit.Signal == ""
			out.Stdout, out.Stderr = shown(stdout), shown(stderr)
			return nil
		}
	}
}

func shown(raw []byte) string { return strings.ToValidUTF8(string(raw), "�") }
