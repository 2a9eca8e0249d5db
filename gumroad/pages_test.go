package gumroad_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestEndlessLists has upstream send pages that never end: a walk must end with an error, after few requests.
func TestEndlessLists(t *testing.T) {
	for name, page := range map[string]func(n int) string{
		"empty pages with ever new keys": func(n int) string {
			return fmt.Sprintf(`{"success":true,"products":[],"next_page_key":"k%d"}`, n)
		},
		"the same key again": func(n int) string {
			return fmt.Sprintf(`{"success":true,"products":[{"id":"p%d"}],"next_page_key":"k"}`, n)
		},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), RequestsPerSecond: -1,
				Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					requests++
					return reply{status: 200, body: page(requests)}.response(), nil
				})})
			if err != nil {
				t.Fatal(err)
			}
			for _, err = range gumroad.Pages(t.Context(), gumroad.ListProducts{}, client.ListProducts) {
			}
			if code(err) != gumroad.UpstreamUnavailable || requests > 5 {
				t.Errorf("after %d requests: %v", requests, err)
			}
		})
	}
}

// TestTooManyRows: three million empty rows fit in 9 MB of JSON and would take gigabytes.
func TestTooManyRows(t *testing.T) {
	rows := strings.Repeat("{},", 3_000_000) + "{}"
	client := answering(t, false, reply{status: 200, body: `{"success":true,"sales":[` + rows + `]}`})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := client.ListSales(t.Context(), gumroad.ListSales{})
	runtime.ReadMemStats(&after)
	if code(err) != gumroad.UpstreamUnavailable {
		t.Errorf("it is %v", err)
	}
	allocated := after.TotalAlloc - before.TotalAlloc
	if limit := uint64(150 << 20); allocated > limit {
		t.Errorf("it allocates %d MB, at most %d are expected", allocated>>20, limit>>20)
	}
}
