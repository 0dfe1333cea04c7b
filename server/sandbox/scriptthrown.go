package sandbox

import (
	"context"
	"strings"
)

// errThrown says that the script threw and nothing caught it.
type errThrown struct{ text, stack string }

func (e *errThrown) Error() string { return e.text }

// check answers what was thrown in place of a value.
func (s *scriptGuest) check(ctx context.Context, value uint32) error {
	if value == 0 {
		return &errThrown{text: "out of memory"}
	}
	is, err := s.do(ctx, s.isException, uint64(value))
	if err != nil || is == 0 {
		return err
	}
	return s.thrown(ctx)
}

// thrown takes the exception that is in flight.
func (s *scriptGuest) thrown(ctx context.Context) error {
	value, err := s.do(ctx, s.exception)
	if err != nil {
		return err
	}
	e, err := s.told(ctx, value)
	if err != nil {
		return err
	}
	return e
}

// told makes an error of a value that was thrown. Its text is the script's word.
func (s *scriptGuest) told(ctx context.Context, value uint32) (*errThrown, error) {
	e := &errThrown{text: "an exception that can't be told"}
	if p, _, ok, err := s.read(ctx, value); err != nil || ok {
		e.text = string(p[:min(len(p), maxTold)])
		return e, err
	}
	var name, message string
	for key, into := range map[string]*string{"name": &name, "message": &message, "stack": &e.stack} {
		var err error
		if *into, err = s.propertyText(ctx, value, key); err != nil {
			return nil, err
		}
	}
	if name != "" || message != "" {
		e.text = strings.TrimPrefix(name+": "+message, ": ")
	}
	if e.stack = s.script.sourceMap.locate(e.stack); e.stack != "" {
		first, _, _ := strings.Cut(e.stack, "\n")
		e.text += " " + strings.TrimSpace(first)
	}
	return e, nil
}

// maxTold is how much is taken of each part of what an exception says.
const maxTold = 4096

func (s *scriptGuest) propertyText(ctx context.Context, object uint32, key string) (string, error) {
	name, err := s.place(ctx, []byte(key))
	if err != nil {
		return "", err
	}
	value, err := s.do(ctx, s.property, uint64(object), uint64(name))
	if err != nil || value == 0 {
		return "", err
	}
	p, _, ok, err := s.read(ctx, value)
	if err != nil || !ok {
		return "", err
	}
	return string(p[:min(len(p), maxTold)]), nil
}
