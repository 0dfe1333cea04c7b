package archive

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
)

var (
	errEncrypted = errors.New("it is encrypted, and no password was given, or another than its own")
	errMethod    = errors.New("it is encrypted or packed in a way that isn't known")
)

// aes is the method of entries with WinZip's newer encryption.
const aes = 99

// cipher is the old encryption of zips, which is broken as such, but what samples of
// malware are sent around with. Source: PKWARE's APPNOTE, 6.1.
type cipher struct{ a, b, c uint32 }

func newCipher(password string) *cipher {
	k := &cipher{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.update(password[i])
	}
	return k
}

func (k *cipher) update(plain byte) {
	k.a = crc32.IEEETable[byte(k.a)^plain] ^ k.a>>8
	k.b = (k.b+k.a&0xff)*134775813 + 1
	k.c = crc32.IEEETable[byte(k.c)^byte(k.b>>24)] ^ k.c>>8
}

func (k *cipher) decrypt(p []byte) {
	for i, coded := range p {
		t := k.c | 2
		p[i] = coded ^ byte(t*(t^1)>>8)
		k.update(p[i])
	}
}

type decrypting struct {
	r io.Reader
	k *cipher
}

func (d decrypting) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.k.decrypt(p[:n])
	return n, err
}

// decrypted opens an entry that is encrypted.
func decrypted(f *zip.File, password string) (io.ReadCloser, error) {
	switch {
	case f.Method == aes || f.Method != zip.Store && f.Method != zip.Deflate:
		return nil, errMethod
	case password == "":
		return nil, errEncrypted
	}
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	plain := decrypting{bufio.NewReader(raw), newCipher(password)}
	head := make([]byte, 12)
	if _, err := io.ReadFull(plain, head); err != nil {
		return nil, err
	}
	// The last byte says whether the password is right, once in 256 times by chance;
	// the checksum at the end says it for sure.
	check := byte(f.CRC32 >> 24)
	if f.Flags&8 != 0 {
		check = byte(f.ModifiedTime >> 8)
	}
	if head[11] != check {
		return nil, errEncrypted
	}
	content := io.ReadCloser(io.NopCloser(plain))
	if f.Method == zip.Deflate {
		content = flate.NewReader(plain)
	}
	return &checked{ReadCloser: content, want: f.CRC32}, nil
}

// checked compares the checksum at the end.
type checked struct {
	io.ReadCloser
	sum, want uint32
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p[:n])
	if errors.Is(err, io.EOF) && c.sum != c.want {
		err = zip.ErrChecksum
	}
	return n, err
}
