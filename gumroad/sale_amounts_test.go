package gumroad_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestRefundedCents: the refunded amount is part of the price, whatever the currency and its rate, and within a cent of
// its share.
func TestRefundedCents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		currency := rapid.SampledFrom([]string{"usd", "eur", "jpy", "inr"}).Draw(rt, "currency")
		scale := int64(100)
		if currency == "jpy" {
			scale = 1
		}
		write := func(minor int64) string {
			if minor%scale == 0 {
				return fmt.Sprint(minor / scale)
			}
			return fmt.Sprintf("%d.%02d", minor/scale, minor%scale)
		}
		paid := rapid.Int64Range(1, 5_000_000).Draw(rt, "paid")
		price := paid
		if currency != "usd" {
			price = rapid.Int64Range(1, 1_000_000).Draw(rt, "price")
		}
		back := rapid.Int64Range(0, paid).Draw(rt, "back")
		whole, part, cents := back == paid, back > 0 && back < paid, gumroad.Cents(price)
		sale := gumroad.Sale{
			Price: &cents, Currency: currency, Refunded: sent(whole), PartiallyRefunded: sent(part),
			FormattedTotalPrice: gumroad.Currency(currency).Major(write(paid)) + " every 3 months",
			AmountRefundable:    write(paid - back),
		}
		got, known := sale.RefundedCents()
		if !known || got < 0 || got > cents {
			rt.Fatalf("%d of %d, %v", got, cents, known)
		}
		share := float64(price) * float64(back) / float64(paid)
		if float64(got) > share+1e-6 || float64(got) < share-1-1e-6 {
			rt.Fatalf("%d where the share is %f", got, share)
		}
		if currency == "usd" && int64(got) != back {
			rt.Fatalf("%d of %d US cents back", got, back)
		}
		if in, known := sale.PaidAmount(); !known || int64(in) != paid {
			rt.Fatalf("paid %d, read as %d", paid, in)
		}
	})
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
