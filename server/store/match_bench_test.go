package store

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// benchValue is the nth of very many indicators of all sorts.
func benchValue(n int) intel.Observable {
	switch n % 10 {
	case 0, 1, 2:
		return intel.Observable{Type: cases.TypeDomain, Value: fmt.Sprintf("h%d.d%d.example", n, n%5000)}
	case 3, 4, 5:
		return intel.Observable{Type: cases.TypeIP, Value: fmt.Sprintf("%d.%d.%d.%d", 20+n>>22&63, n>>14&255, n>>6&255, n<<2&255|n%4)}
	case 6, 7:
		return intel.Observable{Type: cases.TypeHash, Value: fmt.Sprintf("%064x", n)}
	case 8:
		return intel.Observable{Type: cases.TypeURL, Value: fmt.Sprintf("http://h%d.d%d.example/p", n, n%5000)}
	}
	return intel.Observable{Type: intel.TypeNetwork, Value: fmt.Sprintf("%d.%d.%d.0/%d", 100+n>>16&63, n>>8&255, n&255, 24-n%8)}
}

// million writes a million indicators, without the words and indexes that lists find them by.
func million(b *testing.B, s *Store) {
	b.Helper()
	const all, batch = 1_000_000, 20_000
	at := time.Now()
	for _, index := range []string{"score", "type", "updated", "place"} {
		if err := s.write.Exec("DROP INDEX indicators_" + index).Error; err != nil {
			b.Fatal(err)
		}
	}
	for from := 0; from < all; from += batch {
		rows := make([][]any, 0, batch)
		for n := from; n < from+batch; n++ {
			o, err := intel.Normalise(benchValue(n).Type, benchValue(n).Value)
			if err != nil {
				b.Fatal(err)
			}
			row, err := s.indicatorValues(&intel.Indicator{
				ID: o.ID(), Type: o.Type, Value: o.Value, Score: 700, TLP: "amber", Created: at, Updated: at, Revision: 1, Families: []string{fmt.Sprintf("family %d", n%200)},
				Sources: []intel.Source{{Name: "feed", Verdict: intel.Malicious, Confidence: 80, FirstSeen: at, LastSeen: at}},
			})
			if err != nil {
				b.Fatal(err)
			}
			rows = append(rows, row)
		}
		err := s.alone(b.Context(), func(tx *gorm.DB) error {
			return insert(tx, "indicators", indicatorColumns, "ON CONFLICT DO NOTHING", rows)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d indicators in %s", all, time.Since(at).Round(time.Second))
}

// BenchmarkMatch looks 50 observables up among a million indicators, of which a third are
// known. It is to take at most 5 ms, 99 times of 100.
func BenchmarkMatch(b *testing.B) {
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
		million(b, s)
		service := intel.NewService(s, time.Now, func([]string) {})
		b.Run(name, func(b *testing.B) {
			var taken []time.Duration
			round := 0
			for b.Loop() {
				list := make([]intel.Observable, 50)
				for n := range list {
					place := (round*7919 + n*104_729) % 1_000_000
					if n%3 != 0 {
						place += 2_000_000 // nobody knows it; what lies around it may be known
					}
					list[n] = benchValue(place)
				}
				round++
				at := time.Now()
				matches, err := service.Match(b.Context(), list)
				if err != nil || len(matches) != len(list) || len(matches[0].Hits) == 0 {
					b.Fatal(len(matches), err)
				}
				taken = append(taken, time.Since(at))
			}
			slices.Sort(taken)
			b.ReportMetric(float64(taken[len(taken)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(taken[len(taken)*99/100].Microseconds())/1000, "p99-ms")
		})
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
