package gumroad

import (
	"regexp"
	"strings"
	"time"
)

// IsCharge reports whether a listed sale is one that Gumroad's own summary counts: a paid or free purchase or a
// membership's charge. The others stand for no purchase of their own: the products inside a bundle, the start of a free
// trial (whose price is what it will cost), the receiver's side of a gift, a pre-order not charged yet.
func (s Sale) IsCharge() bool {
	return !isTrue(s.IsBundleProduct) && !isTrue(s.IsGiftReceiver) && !isTrue(s.IsPreorder) && !s.StartsTrial()
}

// StartsTrial reports a membership's first row, not charged because a free trial came first.
func (s Sale) StartsTrial() bool {
	return s.FreeTrialEnded != nil && !isTrue(s.RecurringCharge) && !isTrue(s.IsUpgradePurchase)
}

// RefundedCents is how much of Price went back, in US cents, and whether the sale says so. Gumroad tells of a partial
// refund only what remains, in the sale's currency; the share of the sale that it is, at the sale's own rate, is
// taken of the price and rounded down.
func (s Sale) RefundedCents() (Cents, bool) {
	switch {
	case s.Price == nil:
		return 0, false
	case isTrue(s.Refunded):
		return *s.Price, true
	case !isTrue(s.PartiallyRefunded):
		return 0, true
	}
	paid, known := hundredths(s.FormattedTotalPrice)
	remaining, alsoKnown := hundredths(s.AmountRefundable)
	if !known || !alsoKnown || paid <= 0 || remaining > paid {
		return 0, false
	}
	return *s.Price * (paid - remaining) / paid, true
}

// PaidAmount is what the buyer was charged, in minor units of the sale's currency, where upstream names one.
func (s Sale) PaidAmount() (Cents, bool) { return s.inCurrency(s.FormattedTotalPrice) }

// RefundableAmount is how much of it can still go back.
func (s Sale) RefundableAmount() (Cents, bool) { return s.inCurrency(s.AmountRefundable) }

func (s Sale) inCurrency(amount string) (Cents, bool) {
	n, known := hundredths(amount)
	currency := Currency(s.Currency)
	if currency == "" {
		return 0, false
	}
	for range 2 - currency.decimals() {
		n /= 10
	}
	return n, known
}

var firstNumber = regexp.MustCompile(`[0-9][0-9,]*(\.[0-9]{1,2})?`)

// hundredths reads the first amount of a text ("$1,200.50 every 3 months", "50¢", "49.50") in hundredths of its unit.
func hundredths(amount string) (Cents, bool) {
	number := firstNumber.FindString(amount)
	if number == "" {
		return 0, false
	}
	n, known := Currency("usd").Minor(number)
	if strings.Contains(amount, number+"¢") {
		n /= 100
	}
	return n, known
}

// LocalTime is the time of the sale by the store's clocks, in whole minutes and as if they showed UTC, where upstream
// tells it.
func (s Sale) LocalTime() (time.Time, bool) {
	at, err := time.Parse("2 Jan 2006 3:04 PM", strings.Join(strings.Fields(s.Daystamp), " "))
	return at, err == nil
}

// Time is the time of the sale.
func (s Sale) Time() (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, s.CreatedAt)
	return at, err == nil
}

func isTrue(b *bool) bool { return b != nil && *b }
