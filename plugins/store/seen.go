package store

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// deduplicate keeps of each key a hash, when it was first seen and when it is forgotten,
// and whose call it was first: the same call that is made again, because its answer was
// lost, must not be told that it was seen.
func deduplicate(c *sdk.Context, in SeenInput) (SeenOutput, error) {
	at, err := in.place()
	if err != nil {
		return SeenOutput{}, err
	}
	long, err := duration("/within", in.Within)
	if err != nil {
		return SeenOutput{}, err
	}
	sum := sha256.Sum256([]byte(at))
	who := sha256.Sum256([]byte(c.Run.Key))
	name, owner := base64.RawURLEncoding.EncodeToString(sum[1:13]), base64.RawURLEncoding.EncodeToString(who[:6])
	now := c.Now().Unix()
	var out SeenOutput
	err = change(c, "d/", sum[0], func(b *bucket) error {
		b.sweep(now, mostBucket)
		e := b.find(name)
		if e == nil {
			fresh := entry{name: name, until: now + int64(long.Seconds()), first: now, owner: owner}
			out = SeenOutput{First: written(now), Until: written(fresh.until)}
			return b.set(fresh)
		}
		if in.Extend {
			e.until = now + int64(long.Seconds())
		}
		out = SeenOutput{Seen: e.owner != owner || c.Run.Key == "", First: written(e.first), Until: written(e.until)}
		return nil
	})
	return out, err
}
