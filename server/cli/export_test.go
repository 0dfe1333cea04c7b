package cli

import "context"

// RustMissing says why no connector in Rust can be built here, nil if one can.
func RustMissing(ctx context.Context) error {
	_, err := findRust(ctx)
	return err
}
