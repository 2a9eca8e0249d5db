package sandbox

import (
	"net"
	"strconv"
	"strings"
	"sync"
)

// throttle counts requests in fixed windows of the clock, as rack-attack does.
type throttle struct {
	mu     sync.Mutex
	counts map[string]int
	window int64 // windows older than this are forgotten
}

// allow counts a request; false is one too many for its window of seconds.
func (t *throttle) allow(key string, unix int64, seconds int64, limit int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if minute := unix / 60; minute != t.window || t.counts == nil {
		t.counts, t.window = map[string]int{}, minute
	}
	key += "|" + strconv.FormatInt(unix%60/seconds, 10)
	t.counts[key]++
	return t.counts[key] <= limit
}

// throttled applies the two rules a client of the API can meet: deep pages of
// sales by number, and undecodable parameters. Loopback is exempt.
func (c *call) throttled(path string) bool {
	ip := c.http.Header.Get("CF-Connecting-IP")
	if ip == "" {
		ip, _, _ = net.SplitHostPort(c.http.RemoteAddr)
	}
	if parsed := net.ParseIP(ip); ip == "" || parsed != nil && parsed.IsLoopback() {
		return false
	}
	if c.paramsErr == errBadEncoding {
		return !c.sb.throttle.allow("params "+path+" "+ip, c.now.Unix(), 60, 5)
	}
	if strings.TrimSuffix(strings.TrimRight(path, "/"), ".json") == "/sales" && rubyInt(c.all.str("page")) > 10 {
		return !c.sb.throttle.allow("page "+ip, c.now.Unix(), 1, 10)
	}
	return false
}
