package gumroad_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestRefundedCents: of what Gumroad tells after a partial refund, the refund is found again: to the cent in US dollars,
// and within a cent in currencies that Gumroad has converted.
func TestRefundedCents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		currency := rapid.SampledFrom([]gumroad.Currency{"usd", "eur", "jpy", "inr"}).Draw(rt, "currency")
		rate := map[gumroad.Currency]float64{"usd": 1, "eur": 0.92, "jpy": 1.5, "inr": 84}[currency] // for one US cent
		price := rapid.Int64Range(100, 500_000).Draw(rt, "price")
		back := rapid.Int64Range(0, price).Draw(rt, "back")
		amount := func(usCents int64) string {
			minor := int64(math.Round(float64(usCents) * rate))
			text := message.NewPrinter(language.English).Sprintf("%d", minor)
			if currency != "jpy" {
				text = message.NewPrinter(language.English).Sprintf("%d.%02d", minor/100, minor%100)
			}
			return strings.TrimSuffix(text, ".00")
		}
		whole, part, cents := back == price, back > 0 && back < price, gumroad.Cents(price)
		sale := gumroad.Sale{
			Price: &cents, Currency: string(currency), Refunded: sent(whole), PartiallyRefunded: sent(part),
			FormattedTotalPrice: currency.Major(amount(price)) + " every 3 months", AmountRefundable: amount(price - back),
		}
		got, known := sale.RefundedCents()
		if !known || got < 0 || got > cents {
			rt.Fatalf("%d of %d, %v", got, cents, known)
		}
		if off := max(int64(got)-back, back-int64(got)); off > 1 || off > 0 && currency == "usd" {
			rt.Fatalf("%d where %d went back", got, back)
		}
		if remaining, known := sale.RefundableAmount(); !known || !sale.CanRefund(remaining) {
			rt.Fatalf("what remains, %d, cannot be refunded", remaining)
		}
		if paid, known := sale.PaidAmount(); !known || int64(paid) != int64(math.Round(float64(price)*rate)) {
			rt.Fatalf("paid %s, read as %d", sale.FormattedTotalPrice, paid)
		}
	})
}

// TestCanRefund: what differs by less than a US cent is the same to Gumroad.
func TestCanRefund(t *testing.T) {
	price := func(n gumroad.Cents) *gumroad.Cents { return &n }
	rupees := gumroad.Sale{Price: price(119), Currency: "inr", FormattedTotalPrice: "₹100", AmountRefundable: "99.96"}
	dollars := gumroad.Sale{Price: price(1200), Currency: "usd", FormattedTotalPrice: "$12", AmountRefundable: "7.50"}
	for _, c := range []struct {
		name   string
		sale   gumroad.Sale
		amount gumroad.Cents
		want   bool
	}{
		{"what remains", dollars, 750, true},
		{"a cent more", dollars, 751, false},
		{"the price, of which the rest is lost in conversion", rupees, 10_000, true},
		{"a cent's worth more", rupees, 10_100, false},
		{"what nobody knows", gumroad.Sale{}, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.sale.CanRefund(c.amount); got != c.want {
				t.Errorf("%d: %v", c.amount, got)
			}
		})
	}
}

func sent(b bool) gumroad.Bool {
	if b {
		return gumroad.True
	}
	return gumroad.False
}

// TestRefundedCentsUnknown: a partial refund of unknown size is not taken for none.
func TestRefundedCentsUnknown(t *testing.T) {
	partly, price := gumroad.True, new(gumroad.Cents(1200))
	for name, sale := range map[string]gumroad.Sale{
		"no amounts": {Price: price, PartiallyRefunded: partly},
		"no total":   {Price: price, PartiallyRefunded: partly, AmountRefundable: "3"},
		"more left than was paid": {Price: price, PartiallyRefunded: partly, AmountRefundable: "30",
			FormattedTotalPrice: "$12"},
		"a total of nothing": {Price: price, PartiallyRefunded: partly, AmountRefundable: "0",
			FormattedTotalPrice: "$0"},
		"a refund that is not clear": {Price: price, Refunded: gumroad.Unclear},
		"no price, wholly refunded":  {Refunded: gumroad.True},
		"an amount that is no number": {Price: price, PartiallyRefunded: partly, AmountRefundable: "three",
			FormattedTotalPrice: "$12"},
	} {
		t.Run(name, func(t *testing.T) {
			if cents, known := sale.RefundedCents(); known {
				t.Errorf("got %d", cents)
			}
		})
	}
}

func TestPaidAmountInCentSigns(t *testing.T) {
	sale := gumroad.Sale{FormattedTotalPrice: "50¢", Currency: "usd"}
	if paid, known := sale.PaidAmount(); !known || paid != 50 {
		t.Errorf("50¢ is read as %d", paid)
	}
}

func TestLocalTime(t *testing.T) {
	for stamp, want := range map[string]string{
		" 5 Jan 2021 11:38 AM": "2021-01-05T11:38:00Z",
		"31 Oct 2026 11:59 PM": "2026-10-31T23:59:00Z",
		" 1 Nov 2026 12:00 AM": "2026-11-01T00:00:00Z",
		"12 Feb 2024  1:05 PM": "2024-02-12T13:05:00Z",
	} {
		if got, known := (gumroad.Sale{Daystamp: stamp}).LocalTime(); !known || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %v, want %s", stamp, got, want)
		}
	}
}

func TestLocalTimeUnknown(t *testing.T) {
	if got, known := (gumroad.Sale{Daystamp: "yesterday"}).LocalTime(); known {
		t.Errorf("yesterday became %v", got)
	}
}
