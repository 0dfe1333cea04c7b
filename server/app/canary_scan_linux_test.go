package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// spellings are the forms in which a secret may lie somewhere: raw, in hex, escaped
// for URLs and JSON, in UTF-16, and in base64 whatever stands before and after it.
func spellings(secret string) map[string][]byte {
	quoted, _ := json.Marshal(secret)
	forms := map[string][]byte{
		"raw": []byte(secret), "hex": []byte(hex.EncodeToString([]byte(secret))), "HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(secret)))),
		"query": []byte(url.QueryEscape(secret)), "path": []byte(url.PathEscape(secret)), "json": quoted[1 : len(quoted)-1],
	}
	for _, c := range secret {
		forms["utf16"] = append(forms["utf16"], byte(c), byte(c>>8))
	}
	for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for before := range 3 {
			// What is left of the digits that no byte before or after has a part in.
			digits := e.EncodeToString(append(make([]byte, before), secret...))
			forms[fmt.Sprint(name, " at ", before)] = []byte(digits[(before*8+5)/6 : (before+len(secret))*8/6])
		}
	}
	return forms
}

// found says where a secret stands in bytes, in whatever form.
func found(in []byte, secret string) []string {
	var list []string
	for name, form := range spellings(secret) {
		if at := bytes.Index(in, form); at >= 0 {
			list = append(list, fmt.Sprintf("%s in …%q", name, in[max(at-60, 0):min(at+len(form)+20, len(in))]))
		}
	}
	slices.Sort(list)
	return list
}

// sandboxChildren are the processes that run connectors for this one.
func sandboxChildren(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, e := range entries {
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // no process, or it has ended
		}
		var pid, parent int
		var state string
		_, rest, _ := strings.Cut(string(stat), ") ") // the name before may hold anything
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		if _, err := fmt.Sscan(rest, &state, &parent); err == nil && parent == os.Getpid() && state != "Z" {
			list = append(list, pid)
		}
	}
	return list
}

// overlap is how much of a piece is read again with the next, so that nothing is
// missed between two.
const overlap = 4 << 10

// memoryOf gives what a process can read of its own memory, piece by piece, and
// says how much that was. The kernel lets a parent of the same user look, or root.
func memoryOf(t *testing.T, pid int, look func(piece []byte)) (size int64) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Logf("child %d: %v", pid, err) // it has ended
		return 0
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatalf("the memory of a child can't be read: run as its user with ptrace allowed, or as root: %v", err)
	}
	defer mem.Close()
	buf := make([]byte, 4<<20)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || mode[0] != 'r' || strings.Contains(line, "[vvar") || strings.Contains(line, "[vsyscall]") {
			continue
		}
		for at := from; at < to; at += int64(len(buf) - overlap) {
			n, err := mem.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
			if err != nil && n == 0 {
				break // it was unmapped meanwhile
			}
			look(buf[:n])
			size += int64(n)
		}
	}
	return size
}

// inMemory says where secrets stand in the memory of a process.
func inMemory(t *testing.T, pid int, secrets ...string) (list []string) {
	t.Helper()
	size := memoryOf(t, pid, func(piece []byte) {
		for _, s := range secrets {
			list = append(list, found(piece, s)...)
		}
	})
	t.Logf("looked through %d MiB of child %d", size>>20, pid)
	return list
}

// TestTheScannerFinds holds the scanner itself to every form, in the midst of other
// bytes and across two pieces.
func TestTheScannerFinds(t *testing.T) {
	const secret = "needle-77c2/+= ü\"x"
	for before := range 7 {
		hay := strings.Repeat("y", before) + secret + "zz"
		for name, text := range map[string]string{
			"raw": hay, "hex": hex.EncodeToString([]byte(hay)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(hay))), "query": url.QueryEscape(hay), "path": url.PathEscape(hay),
			"base64": base64.StdEncoding.EncodeToString([]byte(hay)), "base64url": base64.URLEncoding.EncodeToString([]byte(hay)),
			"json": string(must(json.Marshal(hay))),
		} {
			if got := found([]byte("…"+text+"…"), secret); len(got) == 0 {
				t.Errorf("%s after %d bytes isn't found", name, before)
			}
		}
		if got := found([]byte(strings.Repeat("y", before)+secret[1:]), secret); len(got) > 0 {
			t.Errorf("found what isn't there: %q", got)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
