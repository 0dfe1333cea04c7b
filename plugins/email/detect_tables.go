package email

import (
	"sync"

	"golang.org/x/text/encoding/charmap"
)

// signs are those that stand in mails of any language.
const signs = "\u00a0«»“”‘’„–—…•№€£°§©®™¡¿·"

var latin = &latinText{*latinTable()}

func latinTable() *single {
	d := newSingle(charmap.Windows1252, 0, "éäüöàèáíóçãßêôñúâîûåøæëïìòùõœýšžþð", signs)
	for c := 0x80; c < 0x100; c++ {
		switch {
		case d.kind[c] >= lower:
			d.bits[c] += 3 // in these languages ASCII has most of the letters
		case d.bits[c] == costNone && c >= 0xa0:
			d.bits[c] = 13 // a letter of a neighbour's code page, such as windows-1250
		}
	}
	return d
}

// The letters of each script in the order of their frequency.
var singles = sync.OnceValue(func() []*single {
	const (
		cyrillic = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёієїґ"
		greek    = "αοιετσνηυρπκμλςωίδόθάγέήχφύβξώζψϊϋΐΰ"
		hebrew   = "יהולארתמשבעכםנדחקפסןטזצגךףץ"
		arabic   = "الينمرتوبةعدسفهكقحجشىصطخذضزثأءغإئؤظآـ"
		thai     = "านอรกเง่ม้ยลวัีดทสติะปบคุหแจพชื์ขใ็ไูโึผำซถธศณษฉฟภญฐๆฎฆฒฬฮฏฝฌฤฯฅฑๅํ๊๋"
	)
	return []*single{
		newSingle(charmap.Windows1251, 0, cyrillic, signs), newSingle(charmap.KOI8U, 2, cyrillic, signs),
		newSingle(charmap.ISO8859_5, 6, cyrillic, signs), newSingle(charmap.Windows1253, 2, greek, signs),
		newSingle(charmap.Windows1255, 1, hebrew, signs), newSingle(charmap.Windows1256, 2, arabic, signs+"،؛؟"),
		newSingle(charmap.Windows874, 2, thai, signs+"฿"),
	}
})

func asciiKind(c byte) letterKind {
	switch {
	case c >= 'a' && c <= 'z':
		return asciiLower
	case c >= 'A' && c <= 'Z':
		return asciiUpper
	}
	return other
}
