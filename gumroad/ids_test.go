package gumroad_test

import (
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestIDsWithoutPadding: some versions of Gumroad write ids without their padding. Both forms are one id.
func TestIDsWithoutPadding(t *testing.T) {
	const padded, bare = "A-m3CDDC5dlrSdKZp0RFhA==", "A-m3CDDC5dlrSdKZp0RFhA"
	for _, c := range []struct {
		a, b string
		same bool
	}{{padded, bare, true}, {bare, bare, true}, {padded, "B-m3CDDC5dlrSdKZp0RFhA==", false}, {padded, bare + "=", false}} {
		if got := gumroad.SameID(c.a, c.b); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
	s := open(t)
	t.Run("a sale is found by either", func(t *testing.T) {
		id := s.highlight(t, "USD sale not refunded").ID
		sale, err := s.GetSale(t.Context(), gumroad.SaleRef{SaleID: strings.TrimSuffix(id, "==")})
		if err != nil || !gumroad.SameID(sale.ID, id) {
			t.Errorf("%s, %v", sale.ID, err)
		}
	})
	t.Run("sales are filtered by either", func(t *testing.T) {
		id := s.highlight(t, "digital product").ID
		page, err := s.ListSales(t.Context(), gumroad.ListSales{ProductID: strings.TrimSuffix(id, "==")})
		if err != nil || len(page.Rows) == 0 {
			t.Errorf("%d rows, %v", len(page.Rows), err)
		}
	})
}
