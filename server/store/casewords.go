package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Where the words of a case come from: those of its fields are written anew with them.
const (
	wordsOfFields = iota
	wordsOfArtifacts
	wordsOfComments
)

// Bounds of what is found by words.
const (
	maxWords    = 1000 // of one text
	maxWord     = 80   // bytes; more of a word doesn't tell it from others
	wordsAWrite = 200  // rows of one statement
)

// fewMatches is up to how many rows with a word are listed by their ids; of more, the rows
// are walked in their order, and most have it.
const fewMatches = 2000

// wordIndex is a table of words: what it is called, its column of ids, and whose ids
// these are.
type wordIndex struct{ table, column, of string }

var (
	caseWords  = wordIndex{"case_words", "case_id", "cases.id"}
	alertWords = wordIndex{"alert_words", "alert_id", "alerts.id"}
)

// pick narrows a query down to rows that have a word of a range: by a list of ids where
// those are few, else each row is asked.
func (w wordIndex) pick(read, query *gorm.DB, from, until string) (*gorm.DB, error) {
	var ids []string
	err := read.Table(w.table).Where("word >= ? AND word < ?", from, until).Limit(fewMatches+1).Pluck(w.column, &ids).Error
	if err != nil {
		return nil, err
	}
	if len(ids) <= fewMatches {
		return query.Where(w.of+" IN ?", ids), nil
	}
	return query.Where("EXISTS (SELECT 1 FROM "+w.table+" WHERE "+w.table+"."+w.column+" = "+w.of+" AND word >= ? AND word < ?)", from, until), nil
}

type caseWordRow struct {
	Word   string `gorm:"primaryKey"`
	CaseID string `gorm:"primaryKey"`
	Source int    `gorm:"primaryKey;autoIncrement:false"`
}

// TableName implements GORM's Tabler.
func (caseWordRow) TableName() string { return "case_words" }

// keepWords adds the words of a text.
func keepWords(tx *gorm.DB, id string, source int, text string) error {
	words := wordsOf(text)
	if len(words) == 0 {
		return nil
	}
	rows := make([]caseWordRow, len(words))
	for i, w := range words {
		rows[i] = caseWordRow{w, id, source}
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, wordsAWrite).Error
}

// wordsOf lists what a text is found by, each once: what stands between spaces, and the
// pieces of it, so that an address is found by its whole and by its parts.
func wordsOf(text string) []string {
	seen := map[string]bool{}
	var list []string
	add := func(w string) {
		if w = cutWord(w); w != "" && !seen[w] && len(list) < maxWords {
			seen[w] = true
			list = append(list, w)
		}
	}
	for _, whole := range strings.Fields(strings.ToLower(text)) {
		add(trimWord(whole))
		for _, piece := range strings.FieldsFunc(whole, isSeparator) {
			add(piece)
		}
	}
	return list
}

func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func trimWord(w string) string { return strings.TrimFunc(w, isSeparator) }

func cutWord(w string) string {
	if len(w) <= maxWord {
		return strings.ReplaceAll(w, "\x00", "")
	}
	cut := maxWord
	for !utf8.RuneStart(w[cut]) {
		cut--
	}
	return strings.ReplaceAll(w[:cut], "\x00", "")
}

// queryWords lists the words of a query.
func queryWords(text string) []string {
	var list []string
	for _, whole := range strings.Fields(strings.ToLower(text)) {
		if w := cutWord(trimWord(whole)); w != "" && len(list) < 8 {
			list = append(list, w)
		}
	}
	return list
}

// afterPrefix is the first text that is behind all that begin with a prefix.
func afterPrefix(prefix string) string { return prefix + "\U0010FFFF" }
