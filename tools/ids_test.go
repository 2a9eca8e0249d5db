package tools_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// barePaths takes the padding off the ids in answers of some paths, as some versions of Gumroad leave it off.
type barePaths struct {
	next http.RoundTripper
	path *regexp.Regexp
}

var paddedID = regexp.MustCompile(`"([A-Za-z0-9_-]{22})=="`)

func (b barePaths) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err != nil || !b.path.MatchString(r.URL.Path) {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	body = paddedID.ReplaceAll(body, []byte(`"$1"`))
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, nil
}

// TestIDsWithoutPadding: whichever answers lack the padding of ids, and whichever form the caller has, the result is the
// same.
func TestIDsWithoutPadding(t *testing.T) {
	t.Parallel()
	plain := testserver.Start(t, testserver.FirstStore)
	bare := func(text string) string { return strings.ReplaceAll(text, "==", "") }
	calls := map[string]map[string]any{
		"get_sale":          {"sale_id": plain.Highlight("USD sale not refunded").ID},
		"get_product":       {"product_id": plain.Highlight("digital product").ID},
		"list_sales":        {"product_id": plain.Highlight("digital product").ID},
		"sales_report":      {"product_id": plain.Highlight("digital product").ID, "period": "2026-10"},
		"subscriber_report": {"period": "2026-10"},
		"list_discounts":    {},
		"check_license":     {"product_id": plain.Highlight("working licence key").ProductID, "license_key": plain.Highlight("working licence key").LicenseKey},
		"delete_webhook":    {"resource_subscription_id": plain.Highlight("webhook of this application").ID},
	}
	token := regexp.MustCompile(`"confirm_token":"[^"]*"|confirm_token [^ ]*`)
	ask := func(t *testing.T, s *testserver.Server, name string, arguments map[string]any) string {
		return token.ReplaceAllString(bare(s.In(t).Call(name, arguments).Text), "")
	}
	t.Run("a list is continued where it was left, whichever form the ids had", func(t *testing.T) {
		s := plain.In(t)
		key := s.Must("list_sales", map[string]any{"limit": 3}).JSON["next_page_key"].(string)
		want := s.Must("list_sales", map[string]any{"limit": 3, "page_key": key}).IDs("sales")
		if got := s.Must("list_sales", map[string]any{"limit": 3, "page_key": bare(key)}).IDs("sales"); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
	for _, where := range []string{"", "/sales", "/subscribers", "/products$|/summary"} {
		stripped := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) {
			s.Between = func(next http.RoundTripper) http.RoundTripper { return barePaths{next, regexp.MustCompile(where)} }
		})
		for name, arguments := range calls {
			t.Run(name+" with bare ids in answers of "+where, func(t *testing.T) {
				given := map[string]any{}
				for argument, value := range arguments {
					given[argument] = bare(value.(string))
				}
				want := ask(t, plain, name, arguments)
				for form, arguments := range map[string]map[string]any{"padded": arguments, "bare": given} {
					if got := ask(t, stripped, name, arguments); got != want {
						t.Errorf("%s:\n%s\nwant\n%s", form, got, want)
					}
				}
			})
		}
	}
}
