package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

type stored struct {
	First  string
	Stored struct {
		Blob abi.Blob `json:"$blob"`
	}
	Errno int
	Plain int
}

func blobCall(t *testing.T, r rig, input map[string]any) (stored, *abi.Error) {
	t.Helper()
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	res := invoke(t, r, call("blob", string(raw)))
	var out stored
	if res.Error == nil {
		if err := json.Unmarshal(res.Output, &out); err != nil {
			t.Fatalf("%s: %v", res.Output, err)
		}
	}
	return out, res.Error
}

func put(t *testing.T, r rig, data string) map[string]any {
	t.Helper()
	w, err := r.blobs.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	ref, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{abi.BlobKey: ref}
}

func TestLargeInputTravelsAsBlob(t *testing.T) {
	r := start(t)
	data := "begins here " + strings.Repeat("0123456789", 250_000) // more than two pieces
	out, fault := blobCall(t, r, map[string]any{"content": base64.StdEncoding.EncodeToString([]byte(data))})
	if fault != nil || out.First != data[:20] || out.Stored.Blob.Size != int64(2*len(data)) {
		t.Fatalf("%+v, %v", out, fault)
	}
	f, err := r.blobs.Open(t.Context(), out.Stored.Blob.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil || string(got) != data+data {
		t.Errorf("what the guest stored differs: %d bytes, %v", len(got), err)
	}
}

func TestBlobsInInput(t *testing.T) {
	r := start(t)
	small := put(t, r, "a stored value of some size")
	if out, fault := blobCall(t, r, map[string]any{"content": small}); fault != nil || out.First != "a stored value of so" {
		t.Errorf("a reference: %+v, %v", out, fault)
	}
	if out, fault := blobCall(t, r, map[string]any{"plain": small}); fault != nil || out.Plain != len(`"a stored value of some size"`) {
		t.Errorf("a reference in a plain field is not loaded: %+v, %v", out, fault)
	}
	if _, fault := blobCall(t, r, map[string]any{"plain": put(t, r, strings.Repeat("x", 5<<20))}); fault == nil || fault.Code != abi.CodeTooLarge || !strings.Contains(fault.Message, "input/plain") {
		t.Errorf("too large for a plain field: %v", fault)
	}
	if _, fault := blobCall(t, r, map[string]any{"plain": put(t, r, "\xff\xfe")}); fault == nil || fault.Code != abi.CodeBadInput {
		t.Errorf("no text: %v", fault)
	}
	gone := map[string]any{abi.BlobKey: abi.Blob{ID: strings.Repeat("0", 64), Size: 1}}
	if out, fault := blobCall(t, r, map[string]any{"content": gone}); fault != nil || out.Errno != int(abi.ErrnoNotFound) {
		t.Errorf("a blob that is gone: %+v, %v", out, fault)
	}
}

func TestGuestOpensOnlyBlobsOfItsInput(t *testing.T) {
	r := start(t)
	other := put(t, r, "of another run")
	// The id stands in the input, but as text that the guest makes a handle of.
	out, fault := blobCall(t, r, map[string]any{"content": map[string]any{"x": 1, abi.BlobKey: other[abi.BlobKey]}})
	if fault != nil || out.Errno != int(abi.ErrnoDenied) {
		t.Errorf("%+v, %v", out, fault)
	}
}

func TestInputIsChecked(t *testing.T) {
	r := start(t)
	for input, code := range map[string]string{
		`[1]`:   abi.CodeBadInput,
		`{"a":`: abi.CodeBadInput,
		`{} {}`: abi.CodeBadInput,
		`{"plain":"` + strings.Repeat("x", abi.MaxInput) + `"}`:                     abi.CodeTooLarge,
		`{"content":"` + strings.Repeat("!", 70<<10) + `"}`:                         abi.CodeBadInput,
		`{"plain":` + strings.Repeat("[", 70000) + strings.Repeat("]", 70000) + `}`: abi.CodeBadInput,
		`{"plain":"` + strings.Repeat("x", 70<<10) + `"} trailing`:                  abi.CodeBadInput,
	} {
		if e := invoke(t, r, call("echo", input)).Error; e == nil || e.Code != code {
			t.Errorf("%.40s…: %v, want %s", input, e, code)
		}
	}
	if res := invoke(t, r, call("echo", `{"plain":"`+strings.Repeat("x", 3<<20)+`"}`)); res.Error != nil || len(res.Output) < 3<<20 {
		t.Errorf("an input larger than the guest's buffer: %v", res.Error)
	}
}
