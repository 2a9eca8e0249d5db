package testserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
)

// Web is a host on this machine, for tests that cannot use the public web.
type Web struct {
	*httptest.Server
	// Options have every name resolve to the host, and count it as public.
	Options source.Options
}

// StartWeb serves https until the test ends.
func StartWeb(tb testing.TB, handler http.HandlerFunc) *Web {
	tb.Helper()
	server := httptest.NewTLSServer(handler)
	tb.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return &Web{server, source.Options{
		Resolver: ResolvesTo([4]byte{127, 0, 0, 1}),
		TLS:      &tls.Config{RootCAs: roots, ServerName: "example.com"}, // the name in httptest's certificate
		Public:   func(netip.Addr) bool { return true },
	}}
}

// Address is that of a path on the host, by a public name.
func (w *Web) Address(path string) string {
	u, err := url.Parse(w.URL)
	if err != nil {
		panic(err)
	}
	return "https://files.pixelandpage.com:" + u.Port() + path
}

// ResolvesTo resolves every name to one address.
func ResolvesTo(ip [4]byte) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go answerDNS(there, ip)
		return packets{here}, nil
	}}
}

// packets is a connection that keeps messages apart: the resolver takes any other for a stream.
type packets struct{ net.Conn }

func (packets) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, errors.ErrUnsupported }
func (packets) WriteTo([]byte, net.Addr) (int, error)  { return 0, errors.ErrUnsupported }

// answerDNS answers one question: with the address if it is for one of IPv4, or else with none.
func answerDNS(conn net.Conn, ip [4]byte) {
	defer conn.Close()
	query := make([]byte, 1500)
	n, err := conn.Read(query)
	if err != nil || n < 12 {
		return
	}
	end := 12
	for end < n && query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root label, the type and the class
	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
	if isA := query[end-3] == 1; isA {
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ip[0], ip[1], ip[2], ip[3])
	}
	_, _ = conn.Write(answer)
}
