package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	t0 := time.Now()
	s := New(Options{Now: func() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }})
	fmt.Println("new", time.Since(t0), len(s.stores[0].sales), len(s.stores[0].listed), len(s.stores[1].listed), deobfuscate(0))
	for _, h := range s.Highlights() {
		fmt.Println(h.Name, "|", h.ID, h.LicenseKey)
	}
	get := func(method, url string) {
		req, _ := http.NewRequest(method, "http://x"+url, nil)
		req.Header.Set("Authorization", "Bearer sandbox")
		resp, err := s.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		if len(b) > 2500 {
			b = b[:2500]
		}
		fmt.Println(method, url, resp.StatusCode, resp.Header, string(b))
	}
	get("GET", "/v2/user")
	get("GET", "/v2/products")
	get("GET", "/gumroad/v2/sales?after=2026-01-01")
	get("GET", "/connections?limit=1")
	get("POST", "/v2/licenses/verify?license_key="+s.highlights[30].LicenseKey)
	t0 = time.Now()
	big := New(Options{Sales: 100000})
	fmt.Println("big", time.Since(t0), len(big.stores[0].listed))
}
