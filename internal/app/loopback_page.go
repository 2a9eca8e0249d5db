package app

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// loopbackPage serves a handler on a free port of this machine. It begins when its address is first asked for, so that
// a server nobody needs the page of opens no port.
type loopbackPage struct {
	handler http.Handler

	mu     sync.Mutex
	server *http.Server
	addr   string
}

func (p *loopbackPage) url() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		p.addr = "http://" + listener.Addr().String()
		p.server = &http.Server{Handler: p.handler, ReadHeaderTimeout: 5 * time.Second}
		go p.server.Serve(listener) // until close
	}
	return p.addr, nil
}

func (p *loopbackPage) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		return nil
	}
	return p.server.Close()
}
