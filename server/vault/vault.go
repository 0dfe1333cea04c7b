// Package vault keeps secrets: each value is encrypted under a key of its own,
// which is encrypted under the newest key of the key file. A value is bound to its
// place: moved to another row or field it doesn't open.
package vault

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrSealed says that a value doesn't open: its place is another, it was changed,
// or its key is not in the key file.
var ErrSealed = errors.New("the secret can't be opened: it was changed or moved, or the key file is another")

// format is the first part of a sealed value.
const format = "v1."

// Place is where a secret is kept. It is authenticated with the value.
type Place struct {
	Table string
	Row   string
	Field string
	// Version is that of the row, so that an old value put back into it doesn't open.
	Version int64
	// Use is what the secret may be used for: changed in the row alone, it doesn't
	// open.
	Use []string
}

// bytes are what is authenticated: parts are quoted, so that no two places share
// them.
func (p Place) bytes() []byte {
	parts := []string{strconv.Quote(p.Table), strconv.Quote(p.Row), strconv.Quote(p.Field), strconv.FormatInt(p.Version, 10)}
	for _, use := range p.Use {
		parts = append(parts, strconv.Quote(use))
	}
	return []byte(strings.Join(parts, "|"))
}

// Vault seals and opens. It is safe for concurrent use.
type Vault struct {
	file string

	mu     sync.RWMutex
	keys   *keyset.Handle
	aead   tink.AEAD
	read   time.Time // when the file was changed that was read last
	shared bool
}

// Share says that other servers use copies of the key file, or the file itself: old
// keys are kept, because they may still seal under them, and the file is read again
// where a value doesn't open.
func (v *Vault) Share() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shared = true
}

// Open reads the key file, making it with a first key if it isn't there. A file
// that others can read is refused.
func Open(file string) (*Vault, error) {
	v := &Vault{file: file}
	return v, v.load()
}

// load reads the key file.
func (v *Vault) load() error {
	file := v.file
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		keys, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
		if err != nil {
			return err
		}
		if err := v.save(keys); err != nil {
			return err
		}
		return v.use(keys)
	}
	if err != nil {
		return fmt.Errorf("the vault's key file: %w", err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("the vault's key file %s can be read by others: chmod 600 it", file)
	}
	keys, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return fmt.Errorf("the vault's key file %s is damaged: restore it from its backup: %w", file, err)
	}
	v.read = info.ModTime()
	return v.use(keys)
}

// again reads the key file where it is shared and was changed since, and says whether
// that was so.
func (v *Vault) again() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	info, err := os.Stat(v.file)
	return err == nil && v.shared && !info.ModTime().Equal(v.read) && v.load() == nil
}

func (v *Vault) use(keys *keyset.Handle) error {
	wrapping, err := aead.New(keys)
	if err != nil {
		return err
	}
	v.keys, v.aead = keys, aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), wrapping)
	return nil
}

// save writes the key file in whole: a crash leaves the old or the new one.
func (v *Vault) save(keys *keyset.Handle) error {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(keys, keyset.NewJSONWriter(&buf)); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(v.file), ".vault-") // 0600
	if err != nil {
		return fmt.Errorf("the vault's key file: %w", err)
	}
	_, err = f.Write(append(buf.Bytes(), '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), v.file)
	}
	if err != nil {
		return fmt.Errorf("the vault's key file: %w", errors.Join(err, os.Remove(f.Name())))
	}
	dir, err := os.Open(filepath.Dir(v.file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Rotate adds a key that seals from now on. Older values open as before, and are
// sealed anew by whoever keeps them: see [Credentials.Rotate].
func (v *Vault) Rotate() error {
	return v.change(func(m *keyset.Manager) error {
		id, err := m.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			return err
		}
		return m.SetPrimary(id)
	})
}

// Retire removes all keys but the newest, once nothing is sealed under them any
// more. Backups of before can't be opened without a copy of the old key file.
func (v *Vault) Retire() error {
	return v.change(func(m *keyset.Manager) error {
		if v.shared {
			return nil
		}
		primary := v.keys.KeysetInfo().GetPrimaryKeyId()
		for _, k := range v.keys.KeysetInfo().GetKeyInfo() {
			if k.GetKeyId() == primary {
				continue
			}
			if err := m.Delete(k.GetKeyId()); err != nil {
				return err
			}
		}
		return nil
	})
}

// change saves the changed keys before any of them is used.
func (v *Vault) change(edit func(*keyset.Manager) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	m := keyset.NewManagerFromHandle(v.keys)
	if err := edit(m); err != nil {
		return err
	}
	keys, err := m.Handle()
	if err != nil {
		return err
	}
	if err := v.save(keys); err != nil {
		return err
	}
	return v.use(keys)
}

// Keys is how many keys the key file holds.
func (v *Vault) Keys() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.keys.KeysetInfo().GetKeyInfo())
}

// Seal encrypts a secret for its place.
func (v *Vault) Seal(secret Secret, at Place) (string, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	sealed, err := v.aead.Encrypt([]byte(secret.Reveal()), at.bytes())
	if err != nil {
		return "", err
	}
	return format + base64.RawStdEncoding.EncodeToString(sealed), nil
}

// Unseal decrypts what [Vault.Seal] made for the same place.
func (v *Vault) Unseal(sealed string, at Place) (Secret, error) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(sealed, format))
	if err != nil || !strings.HasPrefix(sealed, format) {
		return Secret{}, ErrSealed
	}
	plain, err := v.decrypt(raw, at)
	if err != nil && v.again() {
		plain, err = v.decrypt(raw, at)
	}
	if err != nil {
		return Secret{}, ErrSealed
	}
	return NewSecret(string(plain)), nil
}

func (v *Vault) decrypt(raw []byte, at Place) ([]byte, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.aead.Decrypt(raw, at.bytes())
}
