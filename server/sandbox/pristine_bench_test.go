package sandbox_test

import "testing"

// BenchmarkPristine measures a call in this process, without the trip to a child:
// pristine as it is, warm on an instance that is never put back, and fresh on an
// instance that is made for it.
func BenchmarkPristine(b *testing.B) {
	code, err := guestWasm()
	if err != nil {
		b.Fatal(err)
	}
	fourWays(b, code, request("count"))
}
