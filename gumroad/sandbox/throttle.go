package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// throttleRule limits requests to a path. A level l of it allows l times the number a minute in 8^l seconds, so that
// whoever keeps up the pace of a minute is stopped for hours in the end.
type throttleRule struct {
	methods  []string
	path     *regexp.Regexp // without the mount
	limit    int
	period   int // seconds
	levels   int // the highest for an address
	ofTokens int // the highest for a token; 0 if tokens are not counted
}

var throttleRules = []throttleRule{
	{[]string{"POST"}, regexp.MustCompile(`^/products(\.json)?$`), 10, 60, 5, 0},
	{[]string{"GET"}, regexp.MustCompile(`^/products/comps(\.json)?$`), 30, 60, 1, 1},
	{[]string{"PUT", "PATCH"}, regexp.MustCompile(`^/products/[^/]+$`), 30, 60, 5, 6},
	{[]string{"POST"}, regexp.MustCompile(`^/products/[^/]+/preview_custom_html(\.json)?$`), 60, 60, 5, 6},
	{[]string{"POST"}, regexp.MustCompile(`^/media(\.json)?$`), 20, 600, 1, 1},
	{[]string{"PUT", "PATCH"}, regexp.MustCompile(`^/user/custom_html(\.json)?$`), 30, 60, 5, 6},
	{[]string{"POST"}, regexp.MustCompile(`^/user/preview_custom_html(\.json)?$`), 60, 60, 5, 6},
}

// throttle counts requests in windows that begin with the clock's multiples of their length.
type throttle struct {
	mu     sync.Mutex
	counts map[string]windowCount
}

const maxCounts = 50_000

type windowCount struct {
	window int64
	count  int
}

// hit counts a request and returns the seconds left of the window if it is one too many there.
func (t *throttle) hit(key string, limit, period int, now time.Time) (left int, over bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil || len(t.counts) > maxCounts { // of paths that lead nowhere there can be any number
		t.counts = map[string]windowCount{}
	}
	window := now.Unix() / int64(period)
	current := t.counts[key]
	if current.window != window {
		current = windowCount{window: window}
	}
	current.count++
	t.counts[key] = current
	return period - int(now.Unix()%int64(period)), current.count > limit
}

// throttled refuses a request that comes too often. It is counted before anybody looks at its token, and by its whole
// path: each product has counters of its own, and so has each spelling of its address.
func (c *call) throttled(path, rest, token string) (reply, bool) {
	if c.sb.options.Compat2025 || c.sb.options.Unthrottled {
		return reply{}, false
	}
	for _, rule := range throttleRules {
		if !slices.Contains(rule.methods, c.http.Method) || !rule.path.MatchString(rest) {
			continue
		}
		for _, counted := range []struct {
			of     string
			levels int
		}{{"address " + c.address(), rule.levels}, {"token " + token, rule.ofTokens}} {
			for level := 1; level <= counted.levels; level++ {
				limit, period := rule.limit*level, rule.period
				if level > 1 {
					period = 1 << (3 * level)
				}
				key := fmt.Sprintf("%s %s %s %d", c.http.Method, path, counted.of, level)
				if left, over := c.sb.throttle.hit(key, limit, period, c.now); over {
					out := newReply(http.StatusTooManyRequests, "text/plain", []byte("Retry later\n"))
					out.header.Set("Retry-After", strconv.Itoa(left))
					return out, true
				}
			}
		}
	}
	return reply{}, false
}

// address is where Gumroad sees a request come from: through the gateway it is one for all callers.
func (c *call) address() string {
	if strings.HasPrefix(c.http.URL.Path, "/gumroad") {
		return "gateway"
	}
	host, _, _ := net.SplitHostPort(c.http.RemoteAddr)
	return host
}
