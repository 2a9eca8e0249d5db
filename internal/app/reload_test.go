package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

func TestWatch(t *testing.T) {
	a := started(t)
	before, beforeLine := server.NewToken()
	after, afterLine := server.NewToken()
	path := write(t, beforeLine, 0o600)
	o, err := a.httpOptions(&settings.HTTP{Path: "/mcp", Auth: "token", TokensFile: path}, here)
	if err != nil {
		t.Fatal(err)
	}
	signals, ticks := make(chan os.Signal), make(chan time.Time)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { a.Watch(ctx, signals, ticks); close(ended) }()
	defer func() { stop(); <-ended }()
	tick := func() {
		ticks <- time.Time{}
		ticks <- time.Time{} // is taken once the first has been dealt with
	}
	change := func(t *testing.T, content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := func(t *testing.T, token string, admitted bool) {
		t.Helper()
		r := &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
		if _, err := o.Authenticator.Authenticate(r); (err == nil) != admitted {
			t.Errorf("want admitted %t, got %v", admitted, err)
		}
	}
	want(t, before, true)
	t.Run("a file that is wrong keeps the old one", func(t *testing.T) {
		change(t, "plain")
		tick()
		want(t, before, true)
	})
	t.Run("a token taken out is refused, and a new one admitted", func(t *testing.T) {
		change(t, afterLine+" name=anna")
		tick()
		want(t, before, false)
		want(t, after, true)
	})
	t.Run("a file that is gone keeps the old one", func(t *testing.T) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		tick()
		want(t, after, true)
	})
	t.Run("a signal reads it too", func(t *testing.T) {
		change(t, beforeLine)
		signals <- syscall.SIGHUP
		ticks <- time.Time{}
		want(t, before, true)
	})
}

// certificate makes a certificate of a serial number, and its key.
func certificate(t *testing.T, serial int64) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func TestWatchCertificate(t *testing.T) {
	a := started(t)
	public, key := certificate(t, 1)
	h := &settings.HTTP{Path: "/mcp", TLSCert: write(t, public, 0o600), TLSKey: write(t, key, 0o600)}
	o, err := a.httpOptions(h, here)
	if err != nil {
		t.Fatal(err)
	}
	ticks := make(chan time.Time)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { a.Watch(ctx, nil, ticks); close(ended) }()
	defer func() { stop(); <-ended }()
	public, key = certificate(t, 22222)
	for _, step := range []struct {
		name, path, content string
		serial              int64
	}{
		{"a certificate without its key is not used", h.TLSCert, public, 1},
		{"with its key it is", h.TLSKey, key, 22222},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := os.WriteFile(step.path, []byte(step.content), 0o600); err != nil {
				t.Fatal(err)
			}
			// Files that are written within one tick of the file system's clock can have the same time.
			if err := os.Chtimes(step.path, time.Time{}, time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			ticks <- time.Time{}
			ticks <- time.Time{}
			got, err := o.TLS.GetCertificate(nil)
			if err != nil || got.Leaf.SerialNumber.Int64() != step.serial {
				t.Errorf("want the certificate %d, got %v (%v)", step.serial, got.Leaf.SerialNumber, err)
			}
		})
	}
}
