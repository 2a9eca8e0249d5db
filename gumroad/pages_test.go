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

// TestTooManyValues: three million empty values fit in the 9 MB of an answer and would take gigabytes and minutes. A million
// shows it.
func TestTooManyValues(t *testing.T) {
	const many = 1_000_000
	list := "[" + strings.Repeat("{},", many) + "{}]"
	var members strings.Builder
	for i := range many / 4 {
		fmt.Fprintf(&members, `"%d":1,`, i)
	}
	read := func(c *gumroad.Client) error {
		_, err := c.GetProduct(t.Context(), gumroad.ProductRef{ProductID: "p"})
		return err
	}
	for name, c := range map[string]struct {
		body string
		read func(*gumroad.Client) error
	}{
		"as rows": {`{"success":true,"sales":` + list + `}`, func(c *gumroad.Client) error {
			_, err := c.ListSales(t.Context(), gumroad.ListSales{})
			return err
		}},
		"as connections": {`{"connections":` + list + `,"next_token":"t"}`, func(c *gumroad.Client) error {
			_, err := c.ListConnections(t.Context(), gumroad.ListConnections{})
			return err
		}},
		"in a field":      {`{"success":true,"product":{"id":"p","custom_fields":` + list + `}}`, read},
		"deep in a field": {`{"success":true,"product":{"id":"p","variants":[{"options":` + list + `}]}}`, read},
		"as members":      {`{"success":true,"product":{"id":"p"},` + members.String() + `"x":1}`, read},
	} {
		t.Run(name, func(t *testing.T) {
			client := answering(t, false, reply{status: 200, body: c.body})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := c.read(client)
			runtime.ReadMemStats(&after)
			if code(err) != gumroad.UpstreamUnavailable {
				t.Errorf("it is %v", err)
			}
			allocated := after.TotalAlloc - before.TotalAlloc
			if limit := uint64(60 << 20); allocated > limit {
				t.Errorf("it allocates %d MB, at most %d are expected", allocated>>20, limit>>20)
			}
		})
	}
	t.Run("text is one value, whatever it holds", func(t *testing.T) {
		text := strings.Repeat(`{[,\"`, many/4)
		client := answering(t, false, reply{status: 200, body: `{"success":true,"product":{"id":"p","description":"` + text + `"}}`})
		if err := read(client); err != nil {
			t.Error(err)
		}
	})
}
