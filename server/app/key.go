package app

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// keySize is the length of the key file in bytes.
const keySize = 32

// readKey reads the key file, making it on an empty data folder. Webhook
// addresses are derived from it, so it is backed up apart from the database.
func readKey(file string) ([]byte, error) {
	key, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("key file %s has %d bytes, %d are needed: restore it from its backup", file, len(key), keySize)
	}
	return key, nil
}

func makeKey(file string) ([]byte, error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	_, err = f.Write(key)
	return key, errors.Join(err, f.Sync(), f.Close())
}

// instance names a server by its key, which it gives nothing away of.
func instance(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("instance"))
	return hex.EncodeToString(mac.Sum(nil)[:4])
}
