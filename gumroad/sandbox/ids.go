package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// digest is the one source of ids, keys and tokens: seed, kind and number decide them.
func digest(seed uint64, kind string, n int) [sha256.Size]byte {
	buf := make([]byte, 0, 64)
	buf = binary.BigEndian.AppendUint64(buf, seed)
	buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	buf = append(buf, kind...)
	return sha256.Sum256(buf)
}

// externalID has the form of Gumroad's ids: 16 bytes, URL-safe base64 with padding.
func externalID(seed uint64, kind string, n int) string {
	d := digest(seed, kind, n)
	return base64.URLEncoding.EncodeToString(d[:16])
}

// sameID compares external ids; their padding may be left out.
func sameID(a, b string) bool { return bareID(a) == bareID(b) }

func bareID(id string) string { return strings.TrimSuffix(id, "==") }

// isExternalID tells whether a text has the form of an external id.
func isExternalID(id string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return len(bareID(id)) == 22 && strings.Trim(bareID(id), letters) == ""
}

// accountID is the other kind of user id: a random decimal string of 13 digits.
func accountID(seed uint64, kind string, n int) string {
	d := digest(seed, "account "+kind, n)
	return fmt.Sprint(1_000_000_000_000 + binary.BigEndian.Uint64(d[:8])%9_000_000_000_000)
}

// licenseKey is four groups of eight upper-case hex digits.
func licenseKey(seed uint64, n int) string {
	d := digest(seed, "license key", n)
	h := strings.ToUpper(hex.EncodeToString(d[:16]))
	return h[:8] + "-" + h[8:16] + "-" + h[16:24] + "-" + h[24:]
}

func uuid(seed uint64, kind string, n int) string {
	d := digest(seed, kind, n)
	d[6] = d[6]&0x0f | 0x40
	d[8] = d[8]&0x3f | 0x80
	h := hex.EncodeToString(d[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Numeric ids (order numbers, page keys) are the row number under a bijection of 30 bits.
const (
	numericMask = 1<<30 - 1
	numericMul  = 0x2545F491 & numericMask // odd, so it has an inverse
	numericXor  = 0x1F3A5C7D & numericMask
)

var numericInverse = func() int {
	inverse := 1
	for range 5 { // Newton's iteration doubles the correct low bits each time
		inverse = inverse * (2 - numericMul*inverse) & numericMask
	}
	return inverse
}()

func obfuscate(n int) int   { return (n * numericMul & numericMask) ^ numericXor }
func deobfuscate(n int) int { return ((n ^ numericXor) & numericMask) * numericInverse & numericMask }

// pageKey names the last row of a page.
func pageKey(createdAt time.Time, n int) string {
	return fmt.Sprintf("%s%06d-%d", createdAt.UTC().Format("20060102150405"), createdAt.Nanosecond()/1000, obfuscate(n))
}

// cursor is a decoded page key. known is false when the time part has nothing of a time:
// such a key is accepted and finds nothing.
type cursor struct {
	at    time.Time
	n     int
	known bool
}

// parsePageKey fails on a missing or zero id part and on a number that is no time, as the server does.
func parsePageKey(key string) (cursor, bool) {
	parts := strings.Split(key, "-")
	if len(parts) < 2 {
		return cursor{}, false
	}
	id := rubyInt(parts[1])
	if id == 0 {
		return cursor{}, false
	}
	c := cursor{n: deobfuscate(id)}
	digits := parts[0]
	if strings.Trim(digits, "0123456789") != "" {
		return c, true
	}
	micro := digits[min(len(digits), 14):]
	at, err := time.Parse("20060102150405", digits[:len(digits)-len(micro)])
	if err != nil {
		return cursor{}, false
	}
	fraction := rubyInt((micro + "000000")[:6])
	c.at, c.known = at.Add(time.Duration(fraction)*time.Microsecond), true
	return c, true
}
