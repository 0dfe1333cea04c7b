package auth

import (
	"slices"
	"strings"
)

// common are the words that most of the passwords in published leaks are made of, with
// what lies at hand here. What stands before and after them, and letters written as
// digits, make little difference to who guesses: see [passwordCore].
var common = words(`
	password passwort passwords passw pass mypassword motdepasse contrasena contrasenha senha salasana wachtwoord parola haslo
	admin administrator root user guest test testing tester demo default changeme changethis change letmein letmeinnow welcome welcomeback
	hello hellohello login access master secret topsecret private security secure system server service support superuser superman
	qwerty qwertz azerty qwertyui qwertyuio qwertyuiop qwertzuiop azertyuiop asdfgh asdfghjk asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc
	qweasd qweasdzxc qwerasdf asdfasdf asdasdasd qweqweqwe abcabc abcdef abcdefg abcdefgh abcdefghi abcdefghij abcabcabc aaaa
	iloveyou iloveu loveyou lovely love lover sweetheart princess prince angel angels babygirl baby honey sunshine summer winter spring autumn
	monkey dragon tiger lion eagle falcon phoenix shadow ninja samurai pirate warrior soldier hunter ranger killer wizard merlin
	football baseball basketball soccer hockey golfer cricket arsenal liverpool chelsea barcelona realmadrid juventus yankees cowboys steelers lakers
	batman spiderman starwars pokemon pikachu naruto minecraft matrix trustno trustnoone whatever nothing forever together freedom blessed
	computer internet google facebook microsoft windows linux android samsung iphone apple macintosh pentium network cisco oracle database
	chocolate cookie cheese banana orange pepper ginger butter flower rainbow diamond silver golden purple yellow orange
	michael jennifer jessica michelle jordan charlie daniel thomas robert andrew joshua matthew ashley nicole amanda samantha
	january february october november december monday friday
	drawbridge castle soar soc analyst incident phishing playbook company corporate office manager
	correcthorsebatterystaple monkeymonkey passwordpassword adminadmin rootroot testtest
`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[unleet(w)] = true
	}
	return set
}

var leet = strings.NewReplacer("0", "o", "1", "i", "l", "i", "!", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t")

// unleet writes digits and signs as the letters that they stand for; l and i are one.
func unleet(s string) string { return leet.Replace(s) }

const ornaments = " 0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~§°€£"

// maxOrnament is how much may stand around a common word and change little.
const maxOrnament = 6

// passwordCore is what is left of a password for who guesses: in lower case, without
// what stands around it where that is little, so that Passw0rd2026! is password.
func passwordCore(password string) string {
	folded := NameKey(password)
	core := strings.Trim(folded, ornaments)
	before, after, _ := strings.Cut(folded, core)
	if around := before + after; core == "" || len(around) > maxOrnament && !isRow(around) && !isRepeated(around) {
		core = folded
	}
	return unleet(core)
}

// guessable says whether a password is tried early.
func guessable(password string) bool {
	folded := NameKey(password)
	return common[passwordCore(password)] || isRow(folded) || isRepeated(folded)
}

// isRow says whether each character follows on the last: 12345678, 0987654321, abcdefgh.
func isRow(s string) bool {
	r := []rune(s)
	for i := 1; i < len(r); i++ {
		if d := follows(r[i-1], r[i]); d == 0 || d != follows(r[0], r[1]) {
			return false
		}
	}
	return true
}

// follows is 1 where b comes after a, -1 where it comes before, else 0; after 9 comes 0.
func follows(a, b rune) int {
	switch {
	case b == a+1, a == '9' && b == '0':
		return 1
	case b == a-1, a == '0' && b == '9':
		return -1
	}
	return 0
}

// isRepeated says whether a text is a short one again and again, or has few characters.
func isRepeated(s string) bool {
	for n := 1; n <= 4 && n < len(s); n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return true
		}
	}
	r := []rune(s)
	slices.Sort(r)
	return len(slices.Compact(r)) < 4
}
