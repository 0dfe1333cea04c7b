package email

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// detect reads bytes in each encoding that mails without a charset come in, and
// answers the one whose language explains them best; nil where nothing does much
// better than windows-1252. The measure is how many bits a reader of that
// language would need to write the bytes down: frequent characters need few,
// rare ones and mixed scripts many. Encodings that differ in a few letters of
// Latin script (windows-1250, 1254, 1257) can not be told apart in a subject and
// are not tried.
func detect(b []byte) encoding.Encoding {
	sample := highPart(b)
	if len(sample) == 0 {
		return nil
	}
	best, bits := encoding.Encoding(nil), latin.cost(sample)-margin
	for _, d := range singles() {
		if got := d.cost(sample); got < bits {
			best, bits = d.is, got
		}
	}
	for _, d := range doubles() {
		if got := d.cost(sample); got < bits {
			best, bits = d.is, got
		}
	}
	return best
}

// margin is how much better than windows-1252 an explanation has to be, in bits.
const margin = 10

// highPart cuts the sample around the first byte above ASCII, from the start of
// its word.
func highPart(b []byte) []byte {
	for i, c := range b {
		if c >= 0x80 {
			return b[max(0, i-64):min(len(b), i+16<<10)]
		}
	}
	return nil
}

// single is an encoding of one byte a character.
type single struct {
	is   encoding.Encoding
	rare float32 // what it costs to suppose it at all
	// bits holds what a byte costs, and kind what it is.
	bits [256]float32
	kind [256]letterKind
}

type letterKind uint8

const (
	other letterKind = iota
	sign             // above ASCII
	asciiLower
	asciiUpper
	lower
	upper
)

// Costs in bits. An ASCII byte costs the same in all encodings.
const (
	costASCII   = 4.5
	costSign    = 9  // a sign of print that is no letter
	costNone    = 18 // a byte that is no character, or one that no mail has
	costMixed   = 9  // a letter of another script beside it
	costCase    = 8  // a capital after a small letter
	costCapital = 2
)

// newSingle makes the table from the letters in the order of their frequency.
func newSingle(is *charmap.Charmap, rare float32, letters, signs string) *single {
	d := &single{is: is, rare: rare}
	rank := map[rune]int{}
	for i, r := range []rune(letters) {
		rank[r] = i
	}
	for c := range 256 {
		d.bits[c], d.kind[c] = costASCII, asciiKind(byte(c))
		if c < 0x80 {
			continue
		}
		r := is.DecodeByte(byte(c))
		small := unicode.ToLower(r)
		i, isLetter := rank[small]
		switch {
		case isLetter && small == r:
			d.bits[c], d.kind[c] = letterCost(i), lower
		case isLetter:
			d.bits[c], d.kind[c] = letterCost(i)+costCapital, upper
		case strings.ContainsRune(signs, r):
			d.bits[c], d.kind[c] = costSign, sign
		default:
			d.bits[c], d.kind[c] = costNone, sign
		}
	}
	return d
}

// letterCost falls off as letters do: 11 % for the first, 3 % for the tenth.
func letterCost(rank int) float32 { return 3.2 + 0.17*float32(rank) }

func (d *single) cost(b []byte) float32 {
	bits := d.rare
	before := other
	for _, c := range b {
		kind := d.kind[c]
		bits += d.bits[c] + joint(before, kind)
		before = kind
	}
	return bits
}

// joint is what it costs that one letter follows another inside a word.
func joint(before, kind letterKind) float32 {
	isASCII := func(k letterKind) bool { return k == asciiLower || k == asciiUpper }
	switch {
	case before == other || kind == other || before == sign && !isASCII(kind) || kind == sign && !isASCII(before):
		return 0
	case before == lower && kind == upper:
		return costCase
	case before == upper && kind == upper:
		return -costCapital * 0.75 // a word in capitals
	case isASCII(before) != isASCII(kind):
		return costMixed
	}
	return 0
}

// latinText is windows-1252 in the languages of western Europe, where letters
// above ASCII stand alone among those of ASCII.
type latinText struct{ single }

func (d *latinText) cost(b []byte) float32 {
	var bits float32
	before := other
	for _, c := range b {
		kind := d.kind[c]
		bits += d.bits[c]
		switch {
		case kind == upper && (before == lower || before == asciiLower):
			bits += costCase
		case kind >= lower && before >= lower:
			bits += 4
		}
		before = kind
	}
	return bits
}
