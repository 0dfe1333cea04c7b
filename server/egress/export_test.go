package egress

// NewRedactor is for measuring it.
func NewRedactor(secrets, sent []string) func(string) string { return newRedactor(secrets, sent).text }
