package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Bounds of a password, in characters.
const (
	minPassword = 8
	maxPassword = 256
)

// argon2id's cost: 19 MiB, two passes, one lane. A hash names its own, so that a
// later version may ask for more and still read this one's.
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	saltSize    = 16
	hashSize    = 32
)

// ErrPassword says that a password is too short or too long.
var ErrPassword = fmt.Errorf("a password has between %d and %d characters", minPassword, maxPassword)

// Passwords that are tried first.
var (
	errPasswordName   = &FieldError{"password", "password", "the password is the name, or almost: choose one that can't be guessed from it"}
	errPasswordCommon = &FieldError{"password", "password", "this is one of the passwords that are tried first: choose another, such as four words that have nothing to do with each other"}
)

// checkNew says what keeps a text from being the password of the user of a name.
func checkNew(name, password string) error {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return ErrPassword
	}
	if passwordCore(password) == passwordCore(name) || NameKey(password) == NameKey(name) {
		return errPasswordName
	}
	if guessable(password) {
		return errPasswordCommon
	}
	return nil
}

var b64 = base64.RawStdEncoding

// hashPassword makes the form that is stored: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func hashPassword(password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return "", ErrPassword
	}
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	sum := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, hashSize)
	return encodeHash(salt, sum), nil
}

func encodeHash(salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// decoy is a hash that no password has; checking against it costs what checking
// a real one does.
func decoy() (string, error) {
	random := make([]byte, saltSize+hashSize)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	return encodeHash(random[:saltSize], random[saltSize:]), nil
}

// checkPassword compares in constant time. An error says that the stored hash is damaged.
func checkPassword(stored, password string) (bool, error) {
	if len(password) > 4*maxPassword {
		password = password[:4*maxPassword] // longer ones can't be anybody's
	}
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("a stored password hash is damaged")
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil || version != argon2.Version {
		return false, errors.New("a stored password hash is of another version")
	}
	salt, saltErr := b64.DecodeString(parts[4])
	want, sumErr := b64.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || len(want) == 0 || passes == 0 || lanes == 0 {
		return false, errors.New("a stored password hash is damaged")
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
