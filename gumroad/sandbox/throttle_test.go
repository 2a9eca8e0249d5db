package sandbox_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// tooMany is how Gumroad refuses what comes too often.
func tooMany(do string, retryAfter int) row {
	return row{do: do, status: 429, text: "Retry later\n", headers: []string{"Content-Type: ^text/plain", fmt.Sprintf("Retry-After: ^%d$", retryAfter)}}
}

func TestThrottles(t *testing.T) {
	for _, c := range []struct {
		name, do, body string
		limit          int
	}{
		{"new products", "POST /products", "name=x&price=700&draft=1", 10},
		{"changes of a product", "PUT /products/{digital product}", "name=x", 30},
		{"previews of a page", "POST /products/{digital product}/preview_custom_html", "custom_html=x", 60},
		{"comparisons", "GET /products/comps?query=x", "", 30},
		{"changes of the storefront's page", "PUT /user/custom_html", "custom_html=x", 30},
		{"previews of the storefront's page", "POST /user/preview_custom_html", "custom_html=x", 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.clock.Advance(20 * time.Second)
			for range c.limit {
				s.expect(row{do: c.do, body: c.body})
			}
			refused := tooMany(c.do, 40)
			refused.token = "none" // it is counted before anybody looks at the token
			s.expect(refused)
			s.clock.Advance(40 * time.Second)
			s.expect(row{do: c.do, body: c.body})
		})
	}
	t.Run("each product, spelling and mount by itself", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for range 30 {
			s.expect(row{do: "PUT /products/{digital product}", body: "name=x"})
		}
		for _, do := range []string{"PUT /products/{EUR product}", "PUT /products/{digital product}.json", "PUT /api/v2/products/{digital product}", "PATCH /products/{digital product}", "PUT /products/inkwsh"} {
			s.expect(row{do: do, body: "name=x"})
		}
		s.expect(tooMany("PUT /products/{digital product}", 60))
	})
	t.Run("a level outlasts the minute", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		const window = 1 << 15 // the longest, with which the others begin too
		s.clock.Set(time.Unix((clockStart.Unix()/window+1)*window, 0))
		made := 0
		for ; ; s.clock.Advance(time.Minute) {
			if a := s.send(row{do: "POST /products", body: "name=x&price=700&draft=1"}); a.status == 429 {
				seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
				if err != nil || seconds <= 60 || made != 40 {
					t.Fatalf("after %d products Retry-After is %q", made, a.header.Get("Retry-After"))
				}
				break
			}
			if made++; made > 40 {
				t.Fatal("nothing stops it")
			}
		}
	})
	t.Run("pictures, in windows of ten minutes and without levels", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.clock.Set(time.Unix((clockStart.Unix()/600+1)*600+100, 0))
		full := func() {
			t.Helper()
			for range 20 { // refused ones count, too
				s.expect(row{do: "POST /media", is: refused("Please provide a url or signed_blob_id.")})
			}
			s.expect(tooMany("POST /media", 500))
		}
		full()
		s.expect(row{do: "GET /media", has: `{"success":true}`})
		for range 10 {
			s.clock.Advance(10 * time.Minute)
			full()
		}
		s.clock.Advance(500 * time.Second)
		s.expect(row{do: "POST /media", is: refused("Please provide a url or signed_blob_id.")})
	})
	t.Run("pictures, by token and by address", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for range 20 {
			s.send(row{do: "POST /media", token: "sandbox:edit_profile"})
		}
		for _, token := range []string{"sandbox:edit_profile", "", "none"} { // all from one address
			if a := s.send(row{do: "POST /media", token: token}); a.status != 429 {
				t.Errorf("token %q: %d", token, a.status)
			}
		}
	})
	t.Run("off where it would be in the way", func(t *testing.T) {
		s := serve(t, sandbox.Options{Unthrottled: true})
		for range 61 {
			s.expect(row{do: "PUT /products/{digital product}", body: "name=x"})
		}
	})
}
