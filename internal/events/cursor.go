package events

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// cursor is where a reader of a journal is. It grants nothing: whose journal is read is the caller's to prove.
type cursor struct {
	time        time.Time // up to which everything was known
	position    uint64
	incarnation string // of the journal that the position belongs to; "" for none
}

// Of the block of a cursor, in bytes: the position, and a check of the journal and the tenant.
const checkSize = aes.BlockSize - 8

// check tells other journals, and other tenants, from those of the cursor.
func (k keys) check(tenant, incarnation string) []byte {
	mac := hmac.New(sha256.New, k.cursor)
	mac.Write([]byte(tenant + " " + incarnation))
	return mac.Sum(nil)[:checkSize]
}

// seal writes a cursor as SECONDS.BLOCK. The block is encrypted because positions count the events of all stores.
func (e *Events) seal(c cursor, tenant string) string {
	plain := append(binary.BigEndian.AppendUint64(nil, c.position), e.keys[0].check(tenant, c.incarnation)...)
	block, err := aes.NewCipher(e.keys[0].cursor)
	if err != nil {
		panic(err) // only for a key of another length
	}
	sealed := make([]byte, aes.BlockSize)
	block.Encrypt(sealed, plain)
	return strconv.FormatInt(c.time.Unix(), 10) + "." + base64.RawURLEncoding.EncodeToString(sealed)
}

// open reads a cursor. Of one that belongs to another journal, which was lost or is of another kind, only the time
// counts. ok is false for what is no cursor.
func (e *Events) open(text, tenant, incarnation string) (c cursor, ok bool) {
	seconds, rest, found := strings.Cut(text, ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if !found || err != nil || at < 0 || at > maxSeconds {
		return c, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil || len(sealed) != aes.BlockSize {
		return c, false
	}
	c.time = time.Unix(at, 0)
	for _, k := range e.keys {
		block, err := aes.NewCipher(k.cursor)
		if err != nil {
			panic(err) // only for a key of another length
		}
		plain := make([]byte, aes.BlockSize)
		block.Decrypt(plain, sealed)
		if hmac.Equal(plain[8:], k.check(tenant, incarnation)) {
			c.position, c.incarnation = binary.BigEndian.Uint64(plain), incarnation
			break
		}
	}
	return c, true
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799
