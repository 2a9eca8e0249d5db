package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestParallel has readers, writers and webhooks at work at once; the race detector sees what it is for.
func TestParallel(t *testing.T) {
	r := listen(t)
	s, _ := deliver(t, r, "sale", "refund", "subscription_ended", "subscription_restarted")
	const (
		times   = 12
		licence = "product_id={licensed product}&license_key={working licence key.key}"
		product = "/products/{digital product}"
	)
	sold := number(t, s.get(product), "product.sales_count")
	uses := number(t, s.step("PUT /licenses/enable "+licence), "uses")
	workers := []func(i int){
		func(int) { s.send(row{do: "GET /sales?name=a"}) },
		func(int) { s.send(row{do: "GET /gumroad/v2/products"}) },
		func(int) { s.send(row{do: "GET /sales/summary?group_by=day"}) },
		func(int) { s.send(row{do: "GET /products/{membership}/subscribers"}) },
		func(int) { s.send(row{do: "GET /connections"}) },
		func(int) { s.send(row{do: "POST /connections", body: `{"app":"gumroad"}`}) },
		func(int) { s.send(row{do: "DELETE /connections/{second connection}"}) },
		func(i int) { s.send(row{do: "PUT " + product, body: fmt.Sprint("name=", i)}) },
		func(int) { s.send(row{do: "POST /licenses/verify", body: licence}) },
		func(int) { s.send(row{do: "PUT /sales/{USD sale not refunded}/refund", body: "amount_cents=1"}) },
		func(i int) {
			s.send(row{do: "PUT /sales/{physical sale not shipped}/mark_as_shipped", body: fmt.Sprint("tracking_url=https://track.example/", i)})
		},
		func(int) {
			if _, err := s.Buy(sandbox.Purchase{Product: "inkwsh"}); err != nil {
				t.Error(err)
			}
		},
		func(int) {
			s.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Path: "/nothing", Count: 1})
			s.Journal()
		},
		func(i int) {
			name := []string{"subscription_ended", "subscription_restarted"}[i%2]
			_ = s.Happen(sandbox.Event{Name: name, ID: s.names["subscriber alive"]}) // refused where it has happened
		},
	}
	var working sync.WaitGroup
	for _, work := range workers {
		working.Go(func() {
			for i := range times {
				work(i)
			}
		})
	}
	working.Wait()
	if got := number(t, s.get(product), "product.sales_count"); got != sold+times {
		t.Errorf("%d sales, want %d", got, sold+times)
	}
	if got := number(t, s.step("PUT /licenses/enable "+licence), "uses"); got != uses+times {
		t.Errorf("%d uses, want %d", got, uses+times)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("GET", "/v2/sales?after=2026-01-01", "", "")
	f.Add("POST", "/v2/licenses/verify", "application/json", `{"license_key":{"a":[1]}}`)
	f.Add("PUT", "/v2/products/inkwsh", "application/x-www-form-urlencoded", "tags[]=a&files[][url]=x&rich_content[][description][content][]=1")
	f.Add("POST", "/v2/products/inkwsh/offer_codes", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--\r\n")
	f.Add("PUT", "/v2/products/strtbn/bundle_contents", "application/json", `{"products":[{"product_id":1,"variant_id":[],"quantity":"2","position":{}}]}`)
	f.Add("POST", "/v2/products/grdsmt/preview_custom_html", "application/json", `{"custom_html":"<a href=data:x onclick=1><script src=//x>"}`)
	f.Add("POST", "/v2/products/grdsmt/custom_html/edit", "application/json", `{"find":"&nbsp; <h1>","replace":"x"}`)
	s := sandbox.New(sandbox.Options{Now: frozen, Sales: 1, Unthrottled: true})
	f.Fuzz(func(t *testing.T, method, target, contentType, body string) {
		request, err := http.NewRequest(method, "http://sandbox.test/", strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		if request.URL, err = request.URL.Parse(target); err != nil {
			t.Skip()
		}
		request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
		request.Header.Set("Content-Type", contentType)
		response, err := s.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode < 200 || response.StatusCode > 599 {
			t.Fatalf("status %d", response.StatusCode)
		}
	})
}

func BenchmarkListSales(b *testing.B) {
	s := sandbox.New(sandbox.Options{Now: frozen, Sales: 100_000})
	for b.Loop() {
		request, err := http.NewRequest(http.MethodGet, "http://sandbox.test/v2/sales?after=2026-01-01", nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
		response, err := s.RoundTrip(request)
		if err != nil {
			b.Fatal(err)
		}
		if response.StatusCode != http.StatusOK {
			b.Fatalf("status %d", response.StatusCode)
		}
	}
}
