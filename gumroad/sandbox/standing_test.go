package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestStanding: what Gumroad makes of a seller, which no request of the demo's stores shows.
func TestStanding(t *testing.T) {
	for _, c := range []struct {
		name      string
		standing  func(*standing)
		do, body  string
		says      string
		published bool
	}{
		{"an unconfirmed address", func(s *standing) { s.unconfirmed = true }, "POST", "name=x&price=700", `"warning":"Saved as a draft: You have to confirm your email address before you can do that."`, false},
		{"no payment method", func(s *standing) { s.unpayable = true }, "POST", "name=x&price=700", `"warning":"Saved as a draft: You must connect at least one payment method before you can publish this product for sale."`, false},
		{"no moderation", func(s *standing) { s.unmoderated = true }, "POST", "name=x&price=700", "Saved as a draft: We couldn’t review this product just now", false},
		{"a verified seller is not moderated", func(s *standing) { s.verified = true }, "POST", "name=Counterfeit&price=700", `"published":true`, true},
		{"nor limited in price", func(s *standing) { s.verified = true }, "POST", "name=x&price=600000", `"published":true`, true},
		{"but by the column", func(s *standing) { s.verified = true }, "POST", "name=x&price=2147483648", "Sorry, the price entered is too large.", false},
		{"ten products a day", func(s *standing) { s.compliant = false }, "POST", "name=x&price=700", `"published":true`, true},
		{"services of a new account", func(s *standing) { s.joinedAt = standingNow.AddDate(0, 0, -29) }, "POST", "name=x&price=700&native_type=commission", "Service products are disabled until your account is 30 days old.", false},
		{"other products of one", func(s *standing) { s.joinedAt = standingNow }, "POST", "name=x&price=700&native_type=ebook", `"published":true`, true},
		{"an account's refund policy", func(s *standing) { s.accountPolicy = true }, "POST", "name=x&price=700&refund_period=7", "Use PUT /v2/refund_policy instead.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(Options{Now: func() time.Time { return standingNow }, Sales: 1})
			c.standing(&s.stores[0].seller.standing)
			body := standingRequest(s, c.do, c.body)
			if !strings.Contains(body, c.says) || strings.Contains(body, `"published":true`) != c.published {
				t.Errorf("it says %.900s", body)
			}
		})
	}
	for do, comes := range map[string]string{ // what comes before the address is looked at, and after it
		"PUT /user name=:":               unconfirmed,
		"PUT /user/custom_html":          unconfirmed,
		"POST /user/custom_html/edit":    unconfirmed,
		"POST /user/preview_custom_html": pageRequired,
		"POST /pages":                    unconfirmed,
		"PUT /pages/nowhere":             unconfirmed,
		"DELETE /pages/nowhere":          unconfirmed,
		"GET /pages/nowhere":             "The page was not found.",
	} {
		t.Run("an unconfirmed address, "+do, func(t *testing.T) {
			s := New(Options{Now: func() time.Time { return standingNow }, Sales: 1})
			s.stores[0].seller.unconfirmed = true
			method, path, _ := strings.Cut(do, " ")
			path, form, _ := strings.Cut(path, " ")
			if body := standingRequestTo(s, method, path, form); !strings.Contains(body, comes) {
				t.Errorf("it says %.300s", body)
			}
		})
	}
	t.Run("a storefront without products or tabs", func(t *testing.T) {
		s := New(Options{Now: func() time.Time { return standingNow }, Sales: 1})
		s.stores[0].products, s.stores[0].seller.tabs = nil, nil
		if body := standingRequestTo(s, "GET", "/user/profile_layout", ""); !strings.Contains(body, `"tab_bar_visible":false,"tabs":[]`) {
			t.Error(body)
		}
	})
	t.Run("a page is not shown to a seller who lost the feature", func(t *testing.T) {
		s := New(Options{Now: func() time.Time { return standingNow }, Sales: 1})
		s.stores[0].seller.customPages = false
		if body := standingRequestTo(s, "GET", "/user/profile_layout", ""); !strings.Contains(body, `"rendering":"tabs_and_sections"`) {
			t.Error(body)
		}
	})
	t.Run("the eleventh product of a day", func(t *testing.T) {
		s := New(Options{Now: func() time.Time { return standingNow }, Sales: 1, Unthrottled: true})
		s.stores[0].seller.compliant = false
		for range 10 {
			standingRequest(s, "POST", "name=x&price=700")
		}
		if body := standingRequest(s, "POST", "name=x&price=700"); !strings.Contains(body, "Sorry, you can only create 10 products per day.") {
			t.Error(body)
		}
	})
	t.Run("the currency of a product with several recurrences", func(t *testing.T) {
		p := &product{currency: "usd", nativeType: "digital", duration: "monthly", categories: []*variantCategory{{variants: []*variant{
			{recurrence: map[string]tierPrice{"monthly": {500}, "yearly": {5000}}}}}}}
		if got := currencyMessage(params{"price_currency_type": "eur"}, p); !strings.Contains(got, "multiple payment options") {
			t.Error(got)
		}
	})
	t.Run("a bundle paid in instalments", func(t *testing.T) {
		free := &product{name: "Free"}
		p := &product{instalments: true}
		if got := p.bundleMessage([]bundleItem{{product: free}}); got != "Installment plan is not available for the bundled product: Free" {
			t.Error(got)
		}
	})
}

var standingNow = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func standingRequest(s *Sandbox, method, form string) string {
	return standingRequestTo(s, method, "/products", form)
}

func standingRequestTo(s *Sandbox, method, path, form string) string {
	r := httptest.NewRequest(method, "/v2"+path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+GumroadToken)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return w.Result().Status
	}
	return w.Body.String()
}
