package quickjs_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/quickjs"
)

func TestEngineIsThePinnedOne(t *testing.T) {
	engine, err := quickjs.Engine()
	if err != nil {
		t.Fatal(err)
	}
	if got := quickjs.Sum(engine); got != quickjs.Digest {
		t.Errorf("digest %s, want %s", got, quickjs.Digest)
	}
	engine[len(engine)-1] ^= 1
	defer func() { engine[len(engine)-1] ^= 1 }()
	if quickjs.Sum(engine) == quickjs.Digest {
		t.Error("a changed engine has the same digest")
	}
}
