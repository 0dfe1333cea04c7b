package store

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// benchWords are of titles: some are in many cases, some in few.
var benchWords = []string{"beaconing", "invoice", "phishing", "stealer", "loader", "credential", "dumping", "certificate", "bucket", "portal", "vpn", "printer", "backup", "scanner", "mailbox", "kerberos", "ransom", "leak", "token", "proxy"}

// manyCases keeps so many cases, each with a title of words that it is found by.
func manyCases(b *testing.B, s *Store, count int) {
	b.Helper()
	const batch = 500
	for at := 0; at < count; at += batch {
		rows, words := make([]map[string]any, 0, batch), make([]map[string]any, 0, 5*batch)
		for n := at; n < at+batch; n++ {
			id := fmt.Sprintf("case-%07d", n)
			own := []string{benchWords[n%20], benchWords[n/20%20], fmt.Sprintf("ws%d", n/50), "on"}
			rows = append(rows, map[string]any{
				"id": id, "number": n + 1, "origin": "", "title": fmt.Sprintf("%s %s on %s", own[0], own[1], own[2]), "description": "", "severity": n % 4, "status": []string{"open", "in_progress", "pending", "closed", "closed"}[n%5],
				"resolution": "", "tlp": "amber", "assignee": "", "due_at": 0, "score": n % 1000, "created_by": "{}", "created_at": n, "updated_at": n, "closed_at": 0, "revision": 1, "merged_into": "", "marks": "{}", "entries": 0, "artifacts": 0,
			})
			slices.Sort(own)
			for _, word := range slices.Compact(own) {
				words = append(words, map[string]any{"word": word, "case_id": id, "source": 0})
			}
		}
		if err := s.write.Table("cases").CreateInBatches(rows, 100).Error; err != nil {
			b.Fatal(err)
		}
		if err := s.write.Table("case_words").CreateInBatches(words, wordsAWrite).Error; err != nil {
			b.Fatal(err)
		}
	}
}

// largeCase opens a case with 500 artifacts and 2,000 entries.
func largeCase(b *testing.B, service *cases.Service) string {
	b.Helper()
	by := cases.Actor{Name: "bench", Kind: "person"}
	title := "A large case"
	c, err := service.Open(b.Context(), by, cases.Opening{Edit: cases.Edit{Title: &title}})
	if err != nil {
		b.Fatal(err)
	}
	var list []cases.Artifact
	for n := range 500 {
		list = append(list, cases.Artifact{Type: cases.TypeDomain, Value: fmt.Sprintf("host-%d.example.net", n), Score: n % 1000})
	}
	if _, err := service.AddArtifacts(b.Context(), by, c.ID, "", list); err != nil {
		b.Fatal(err)
	}
	for n := range 2000 {
		if _, err := service.Comment(b.Context(), by, c.ID, "", fmt.Sprintf("Looked at host-%d: nothing.", n)); err != nil {
			b.Fatal(err)
		}
	}
	return c.ID
}

// BenchmarkCases reads what the page of a large case shows, and searches 100,000 cases.
// A page is to take 300 ms at most, a search 100 ms 99 times of 100.
func BenchmarkCases(b *testing.B) {
	for name, options := range map[string]func() Options{
		"sqlite":   func() Options { return Options{Folder: b.TempDir()} },
		"postgres": func() Options { return Options{Folder: b.TempDir(), Database: testkit.Database(b)} },
	} {
		o := options()
		o.Logger = slog.New(slog.DiscardHandler)
		s, err := Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		manyCases(b, s, 100_000)
		service := cases.NewService(s, s, time.Now, func(string) {})
		large := largeCase(b, service)
		b.Run(name+"/page", func(b *testing.B) {
			taken := timed(b, func(int) error { return readPage(b, service, large) })
			b.ReportMetric(taken[0], "p50-ms")
			b.ReportMetric(taken[1], "p99-ms")
		})
		b.Run(name+"/search", func(b *testing.B) {
			taken := timed(b, func(n int) error {
				text := []string{benchWords[n%20], benchWords[n%20] + " " + benchWords[n/20%20], fmt.Sprintf("ws%d", n*37%2000), benchWords[n%20][:3], "nothing"}[n%5]
				_, _, err := service.Cases(b.Context(), cases.Query{Text: text, Sort: cases.Sorts[n%len(cases.Sorts)], Limit: 50})
				return err
			})
			b.ReportMetric(taken[0], "p50-ms")
			b.ReportMetric(taken[1], "p99-ms")
		})
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// readPage reads all that the page of a case shows at first.
func readPage(b *testing.B, service *cases.Service, id string) error {
	b.Helper()
	if _, err := service.Case(b.Context(), id); err != nil {
		return err
	}
	if _, err := service.Artifacts(b.Context(), id); err != nil {
		return err
	}
	if _, err := service.Timeline(b.Context(), id, 0, 100); err != nil {
		return err
	}
	if _, err := service.RelatedTo(b.Context(), id); err != nil {
		return err
	}
	_, err := service.Tasks(b.Context(), id)
	return err
}

// timed does something over and over, and gives the median and the 99th of 100 of what it
// took, in milliseconds.
func timed(b *testing.B, do func(n int) error) [2]float64 {
	b.Helper()
	var taken []time.Duration
	for n := 0; b.Loop(); n++ {
		at := time.Now()
		if err := do(n); err != nil {
			b.Fatal(err)
		}
		taken = append(taken, time.Since(at))
	}
	slices.Sort(taken)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return [2]float64{ms(taken[len(taken)/2]), ms(taken[len(taken)*99/100])}
}
