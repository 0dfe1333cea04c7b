// Package logfile has what the connectors that read files of logs share: lines of large
// inputs one by one, places of faults, and filters by address and time.
package logfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of what is read.
const (
	mostLine  = 64 << 10
	mostBytes = 256 << 20 // after unpacking
	mostFault = 20        // that are told apart
)

// Input is the file, and what becomes of lines that can't be read.
type Input struct {
	File  sdk.Blob `json:"file" doc:"The file, also packed by gzip: base64, or what another step gave. At most 256 MiB unpacked."`
	Lines string   `json:"lines" enum:"strict,skip" default:"strict" doc:"strict refuses a file with a line that can't be read, and names it; skip leaves such lines out, counts them and names the first."`
}

// Faults are lines that were left out.
type Faults struct {
	Skipped int     `json:"skipped" doc:"Lines that couldn't be read."`
	Faults  []Fault `json:"faults" doc:"The first 20 of them."`
}

// Fault is what is wrong with a line.
type Fault struct {
	Line    int    `json:"line" doc:"From 1."`
	Problem string `json:"problem"`
}

// Lines reads a file line by line.
type Lines struct {
	Faults
	Number int // of the line that was read last, from 1
	strict bool
	read   *bufio.Reader
	limit  *io.LimitedReader
	close  func() error
}

// Open begins to read a file.
func Open(in Input) (*Lines, error) {
	file, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	l := &Lines{strict: in.Lines != "skip", close: file.Close, Faults: Faults{Faults: []Fault{}}}
	// Small files take small buffers: examples run in the image that all actions begin with.
	size := int(min(mostLine, in.File.Size()+1))
	raw := bufio.NewReaderSize(file, size)
	var plain io.Reader = raw
	if head, _ := raw.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) { // too short is no gzip
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, errors.Join(sdk.BadInput("/file", "isn't sound gzip: %v", err), file.Close())
		}
		plain, size = z, mostLine
	}
	l.limit = &io.LimitedReader{R: plain, N: mostBytes + 1}
	l.read = bufio.NewReaderSize(l.limit, size)
	return l, nil
}

// Close lets the file go.
func (l *Lines) Close() error { return l.close() }

// Next gives the next line without its end, valid until the next call; io.EOF comes
// after the last one.
func (l *Lines) Next() ([]byte, error) {
	line, err := l.read.ReadSlice('\n')
	switch {
	case l.limit.N <= 0:
		return nil, sdk.TooLarge("the file has more than %d MiB unpacked: split it", mostBytes>>20)
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, sdk.BadInput("/file", "line %d has more than %d bytes", l.Number+1, mostLine)
	case errors.Is(err, io.EOF) && len(line) == 0:
		return nil, io.EOF
	case err != nil && !errors.Is(err, io.EOF):
		return nil, sdk.BadInput("/file", "can't be read after line %d: %v", l.Number, err)
	}
	l.Number++
	return bytes.TrimRight(line, "\r\n"), nil
}

// Fault tells what is wrong with a line, which ends a strict reading.
func (l *Lines) Fault(line int, problem error) error {
	if l.strict {
		return sdk.BadInput("/file", "line %d: %v", line, problem)
	}
	l.Skipped++
	if len(l.Faults.Faults) < mostFault {
		l.Faults.Faults = append(l.Faults.Faults, Fault{line, problem.Error()})
	}
	return nil
}
