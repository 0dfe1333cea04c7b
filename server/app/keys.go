package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Files of the keys.
const (
	keyFile   = "key"
	vaultFile = "vault.key"
)

// openKeys reads the keys, making them in an empty folder. Servers that share a database
// must have the same: what one seals the others open, and a webhook has one address.
func (core *Core) openKeys(ctx context.Context, c CoreConfig) ([]byte, error) {
	folder := c.Keys
	if folder == "" {
		folder = c.Data
	}
	for _, needed := range []string{c.Data, folder} {
		if err := os.MkdirAll(needed, 0o700); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
	}
	key, err := readKey(filepath.Join(folder, keyFile))
	if err != nil {
		return nil, err
	}
	core.Instance = instance(key)
	if core.Vault, err = vault.Open(filepath.Join(folder, vaultFile)); err != nil {
		return nil, err
	}
	if !core.Store.Shared() {
		return key, nil
	}
	core.Vault.Share()
	return key, core.checkKeys(ctx, key, folder)
}

// checkKeys refuses keys that aren't those of the servers that were here before.
func (core *Core) checkKeys(ctx context.Context, key []byte, folder string) error {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("check"))
	own := hex.EncodeToString(mac.Sum(nil))
	kept, err := core.Store.KeyCheck(ctx, keyFile, own)
	if err != nil {
		return err
	}
	if !hmac.Equal([]byte(kept), []byte(own)) {
		return otherKey(folder, keyFile)
	}
	at := vault.Place{Table: "key_checks", Row: vaultFile, Field: "value"}
	sealed, err := core.Vault.Seal(vault.NewSecret("check"), at)
	if err != nil {
		return err
	}
	if kept, err = core.Store.KeyCheck(ctx, vaultFile, sealed); err != nil {
		return err
	}
	if _, err := core.Vault.Unseal(kept, at); err != nil {
		return otherKey(folder, vaultFile)
	}
	return nil
}

func otherKey(folder, file string) error {
	return fmt.Errorf("the key %s is not that of the servers which use this database: copy %s and %s from one of them, or name their folder with --keys",
		filepath.Join(folder, file), keyFile, vaultFile)
}
