package gumroad_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		currency gumroad.Currency
		amount   gumroad.Cents
		want     string
	}{
		{"usd", 4950, "$49.50"},
		{"USD", 5, "$0.05"},
		{"eur", -1200, "-€12.00"},
		{"jpy", 1500, "¥1500"},
		{"krw", 111000, "₩1110.00"},
		{"xyz", 100, "1.00 XYZ"},
		{"pln", 379, "3.79 zł"},
		{"vnd", 25618, "25618 VND"},
		{"", 100, "1.00 (currency unknown)"},
	} {
		if got := c.currency.Format(c.amount); got != c.want {
			t.Errorf("%d %s is %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
}

func TestMinor(t *testing.T) {
	for text, want := range map[string]gumroad.Cents{"49.50": 4950, "49": 4900, "1,200": 120000, "0": 0, "49.5": 4950} {
		if got, known := gumroad.Currency("usd").Minor(text); !known || got != want {
			t.Errorf("%s is %d, want %d", text, got, want)
		}
	}
}

func TestMinorRefusesWhatIsNoAmount(t *testing.T) {
	for _, c := range []struct {
		currency gumroad.Currency
		text     string
	}{
		{"usd", ""}, {"usd", "x"}, {"usd", "1.234"}, {"usd", "$5"}, {"jpy", "1.5"}, {"", "5"},
	} {
		if got, known := c.currency.Minor(c.text); known {
			t.Errorf("%q in %q became %d", c.text, c.currency, got)
		}
	}
}

// TestRefundsNeverExceed refunds in random parts, in each currency, and never gets more back than was paid.
func TestRefundsNeverExceed(t *testing.T) {
	for _, name := range []string{"USD sale not refunded", "EUR sale", "JPY sale not refunded"} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				s := open(t)
				ref := gumroad.SaleRef{SaleID: s.highlight(t, name).ID}
				sale, err := s.GetSale(t.Context(), ref)
				if err != nil {
					r.Fatal(err)
				}
				paid, _ := sale.RefundableAmount()
				for range rapid.IntRange(1, 6).Draw(r, "refunds") {
					amount := gumroad.Cents(rapid.Int64Range(1, int64(paid)+10).Draw(r, "amount"))
					before, _ := sale.RefundedCents()
					possible := sale.CanRefund(amount)
					_, err := s.RefundSale(t.Context(), gumroad.RefundSale{SaleRef: ref, AmountCents: &amount})
					if err == nil && !possible {
						r.Fatalf("%d was refunded of %s", amount, sale.AmountRefundable)
					}
					remaining, _ := sale.RefundableAmount()
					if err != nil && amount == remaining && sale.Currency != "usd" {
						// By the rate, the rest can be a US cent more than is left. Without an amount it is what is left.
						_, err = s.RefundSale(t.Context(), gumroad.RefundSale{SaleRef: ref})
					}
					if err != nil && amount <= remaining && !sale.Refunded.IsTrue() {
						r.Fatalf("%d was not refunded of %s: %v", amount, sale.AmountRefundable, err)
					}
					if sale, err = s.GetSale(t.Context(), ref); err != nil {
						r.Fatal(err)
					}
					after, known := sale.RefundedCents()
					if !known || after < before || after > *sale.Price {
						r.Fatalf("%d US cents refunded, %d before", after, before)
					}
					if whole := sale.Refunded.IsTrue(); whole != (sale.AmountRefundable == "0") {
						r.Fatalf("wholly refunded is %v with %s left", whole, sale.AmountRefundable)
					}
				}
			})
		})
	}
}
