package vault

import "log/slog"

// hidden stands for a secret wherever it would be printed.
const hidden = "•••"

// Secret is a value that is never printed, logged or encoded by accident: only
// [Secret.Reveal] gives it. It lies behind a function, because package fmt looks
// into the unexported fields of what holds it.
type Secret struct{ reveal func() string }

// NewSecret wraps a plain value.
func NewSecret(plain string) Secret { return Secret{func() string { return plain }} }

// Reveal gives the plain value, to be put into a request and nowhere else.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Empty says whether there is nothing to hide.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String implements fmt.Stringer.
func (s Secret) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return hidden }

// MarshalText implements encoding.TextMarshaler, for JSON and its like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
