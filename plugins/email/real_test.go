package email

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realMails lists mails from outside; they are read where they lie and are no
// part of the project.
func realMails(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../../../shared/data/mail/*.eml")
	if err != nil || len(found) == 0 {
		t.Skip("no mails in ../shared/data/mail beside the repository")
	}
	return found
}

type opinion struct {
	Path, Subject, Address, Plain string
	Attachments                   int
	Links                         []string
}

func askPython(t *testing.T, paths []string) []opinion {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: nothing to compare with")
	}
	out, err := exec.CommandContext(t.Context(), python, append([]string{"testdata/oracle.py"}, paths...)...).Output()
	if err != nil {
		t.Fatalf("oracle.py: %v", err)
	}
	var opinions []opinion
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var o opinion
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		opinions = append(opinions, o)
	}
	return opinions
}

// TestAgainstPython compares with an independent parser what a verdict rests on.
func TestAgainstPython(t *testing.T) {
	opinions := askPython(t, realMails(t))
	for _, want := range opinions {
		t.Run(filepath.Base(want.Path), func(t *testing.T) {
			raw, err := os.ReadFile(want.Path)
			if err != nil {
				t.Fatal(err)
			}
			got := Parse(raw)
			if words(got.Subject) != words(want.Subject) {
				t.Errorf("subject %q, Python %q", got.Subject, want.Subject)
			}
			if got.From.Address != want.Address {
				t.Errorf("sender %q, Python %q", got.From.Address, want.Address)
			}
			if len(got.Attachments) != want.Attachments {
				t.Errorf("%d attachments, Python %d", len(got.Attachments), want.Attachments)
			}
			compareLinks(t, got, want)
		})
	}
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }

func compareLinks(t *testing.T, got ParseOutput, want opinion) {
	t.Helper()
	var urls []string
	for _, link := range got.Links {
		urls = append(urls, link.URL)
		inText := link.Source == "text" && (strings.Contains(want.Plain, link.URL) || strings.Contains(got.HTML, link.URL))
		if !slices.Contains(want.Links, link.URL) && !inText {
			t.Errorf("link %q is not in Python's list", link.URL)
		}
	}
	for _, url := range want.Links {
		if _, plausible := cleanHref(url, ""); plausible && !slices.Contains(urls, url) {
			t.Errorf("Python's link %q is missing", url)
		} else if !plausible {
			t.Logf("not taken for a link: %q", url)
		}
	}
}
