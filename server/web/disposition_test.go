package web

import (
	"mime"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// TestNamesOfSavedFiles has a browser read exactly the name that people are shown.
func TestNamesOfSavedFiles(t *testing.T) {
	for _, given := range []string{
		"report.pdf", "a b.txt", "Ünïcode 報告.docx", `say "hello".txt`, "50% off.txt", "..%2f..%2fkey", "it's (1)*.txt", "a;b=c.txt", "a,b.txt", "name'.txt", "😀.png",
		"report.pdf;filename*=utf-8''malware.exe;x=", `report.pdf"; filename="malware.exe`, "filename*=UTF-8''malware.exe", "a!#$&+-.^_`|~b", "<script>:?{}[]@.html",
	} {
		name, err := cases.FileName(given)
		if err != nil {
			t.Fatal(err)
		}
		kind, parameters, err := mime.ParseMediaType(disposition(name))
		if err != nil || kind != "attachment" || len(parameters) != 1 || parameters["filename"] != name {
			t.Errorf("%q is saved as %q of %s, %v", name, parameters, disposition(name), err)
		}
	}
	if got, want := disposition("a b'(1)*;%2f.txt"), "attachment; filename*=UTF-8''a%20b%27%281%29%2A%3B%252f.txt"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
