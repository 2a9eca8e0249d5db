package events

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
)

// HookPath is where webhooks arrive, below the public URL.
const HookPath = "/hooks/"

// origin is whose webhooks come to an address, and the Maton connection by which they can be verified.
type origin struct{ seller, connection string }

// address returns where Gumroad sends a store's webhooks. It is sealed, so that nothing has to be kept, every instance
// with the key knows whose it is, and nobody else can make one. It keeps strangers' noise out and proves nothing: other
// apps of the seller can read it.
func (e *Events) address(o origin) string {
	gcm := sealing(e.keys[0].hook)
	nonce := make([]byte, gcm.NonceSize())
	rand.Read(nonce) // never fails
	sealed := gcm.Seal(nonce, nonce, []byte(o.seller+"\x00"+o.connection), nil)
	return e.options.PublicURL + HookPath + base64.RawURLEncoding.EncodeToString(sealed)
}

var errForeign = errors.New("it is not an address of this server")

// originOf opens the last part of an address.
func (e *Events) originOf(token string) (origin, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		sealed = nil // it is opened all the same, which takes as long
	}
	for _, k := range e.keys {
		gcm := sealing(k.hook)
		if len(sealed) < gcm.NonceSize() {
			sealed = make([]byte, gcm.NonceSize())
		}
		opened, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
		if err != nil {
			continue
		}
		if seller, connection, ok := bytes.Cut(opened, []byte{0}); ok {
			return origin{string(seller), string(connection)}, nil
		}
	}
	return origin{}, errForeign
}

// isOurs reports whether webhooks of a seller at an address come to this server.
func (e *Events) isOurs(address, sellerID string) bool {
	token, ok := strings.CutPrefix(address, e.options.PublicURL+HookPath)
	if !ok {
		return false
	}
	o, err := e.originOf(token)
	return err == nil && o.seller == sellerID
}

// connectionOf returns the connection that an address of this server is sealed with.
func (e *Events) connectionOf(address string) string {
	o, _ := e.originOf(strings.TrimPrefix(address, e.options.PublicURL+HookPath)) // it is one of this server's
	return o.connection
}

func sealing(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a key of another length
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for another block size
	}
	return gcm
}
