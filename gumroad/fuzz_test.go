package gumroad_test

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// FuzzInt decodes anything in place of a number: it becomes that number or an error.
func FuzzInt(f *testing.F) {
	for _, seed := range []string{
		"7", "7.0", `"7"`, `"7.0"`, "null", `""`, "-1", "1e3", "7.5", "9223372036854775807", "9223372036854775808",
		"1e400", `"x"`, "true", "[]", "{}", `"NaN"`, `"Infinity"`, `"0x10"`, `"1_000"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var n gumroad.Int
		if json.Unmarshal([]byte(text), &n) != nil || !json.Valid([]byte(text)) {
			return
		}
		plain := strings.Trim(strings.TrimSpace(text), `"`)
		if plain == "null" || plain == "" {
			if n != 0 {
				t.Errorf("%s became %d", text, n)
			}
			return
		}
		if whole, err := strconv.ParseInt(plain, 10, 64); err == nil {
			if int64(n) != whole {
				t.Errorf("%s became %d", text, n)
			}
			return
		}
		value, err := strconv.ParseFloat(plain, 64)
		if err != nil || value != math.Trunc(value) || float64(n) != value {
			t.Errorf("%s became %d", text, n)
		}
	})
}

// FuzzPath puts anything in place of an id or a name: the request keeps to its own path or is refused.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"A-m3CDDC5dlrSdKZp0RFhA==", "../user", "..%2fuser", "%2e%2e/user", "a/../../v2/user?x=1", "x#y", "x\x00",
		"．．／", "", ".", "..", "a.json", "https://example.com/terms", `a\b`, strings.Repeat("a", 5000), "ü", "%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		var paths []string
		client, err := gumroad.New(gumroad.Config{
			MatonKey: gumroad.NewCredential("k"), Connection: "x", RequestsPerSecond: -1,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				paths = append(paths, r.URL.EscapedPath()+"?"+r.URL.RawQuery)
				return reply{status: 200, body: `{"success":false,"message":"no"}`}.response(), nil
			})})
		if err != nil {
			t.Fatal(err)
		}
		client.GetSale(t.Context(), gumroad.SaleRef{SaleID: value})
		for _, path := range paths {
			id, ok := strings.CutPrefix(path, "/gumroad/v2/sales/")
			if !ok || id != value+"?" || strings.ContainsAny(value, "/.%\\") {
				t.Errorf("id %q went to %s", value, path)
			}
		}
		paths = nil
		product := gumroad.ProductRef{ProductID: "p"}
		client.DeleteCustomField(t.Context(), gumroad.CustomFieldRef{ProductRef: product, Name: value})
		for _, path := range paths {
			name, ok := strings.CutPrefix(path, "/gumroad/v2/products/p/custom_fields/")
			if !ok || strings.ContainsAny(strings.TrimSuffix(name, "?"), "/?#.\\") || len(name) < 2 {
				t.Errorf("name %q went to %s", value, path)
			}
		}
	})
}

// FuzzAnswer decodes anything in place of an answer: it becomes an error or a sale, never a record out of nothing.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"success":true,"sale":{"id":"x"}}`, `{"success":false}`, `{"sale":null}`, `{"sale":[]}`, `[]`, `null`,
		``, `{"success":"yes","sale":{}}`, `{"status":400,"error":"x"}`,
		`{"success":true,"sale":{"id":7,"price":"7","variants":[]}}`, `{"message":{}}`,
	} {
		f.Add(200, seed)
		f.Add(400, seed)
		f.Add(500, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 || status == 429 || status == 408 || status > 500 {
			return
		}
		client := answering(t, true, reply{status: status, body: body})
		// A write, so that a 500 is not repeated.
		_, err := client.RefundSale(t.Context(), gumroad.RefundSale{SaleRef: gumroad.SaleRef{SaleID: "x"}})
		if err == nil && (status >= 300 || !strings.Contains(body, "sale")) {
			t.Errorf("%d %q became a sale", status, body)
		}
		if err != nil && code(err) == "" {
			t.Errorf("not an *Error: %v", err)
		}
	})
}
