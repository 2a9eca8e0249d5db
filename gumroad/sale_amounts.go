package gumroad

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// IsCharge reports whether a sale is a purchase of its own, paid or free, or a membership's charge. The other rows are
// not: the products inside a bundle, the start of a free trial, the receiver's side of a gift, a pre-order that is not
// charged yet. Gumroad's own summary counts the same, except that pre-orders are in it from the day they were placed.
func (s Sale) IsCharge() bool {
	return !s.IsBundleProduct.IsTrue() && !s.IsGiftReceiver.IsTrue() && !s.IsPreorder.IsTrue() && !s.StartsTrial()
}

// StartsTrial reports whether this is a membership's first row, which is not charged because a free trial comes first.
// The row looks paid: Price, Paid and AmountRefundable say what the membership will cost.
func (s Sale) StartsTrial() bool {
	return s.FreeTrialEnded != Unsaid && !s.RecurringCharge.IsTrue() && !s.IsUpgradePurchase.IsTrue()
}

// RefundedCents returns how much of Price went back, in US cents, and whether that is known. Of a partial refund
// Gumroad gives only what remains, in the sale's currency. In US dollars that is exact. In others Gumroad has converted
// it from US cents, so that its share of Price can be a cent off.
func (s Sale) RefundedCents() (Cents, bool) {
	switch {
	case s.Price == nil, s.Refunded == Unclear, s.PartiallyRefunded == Unclear:
		return 0, false
	case s.Refunded.IsTrue():
		return *s.Price, true
	case !s.PartiallyRefunded.IsTrue():
		return 0, true
	}
	paid, known := hundredths(s.FormattedTotalPrice)
	if strings.EqualFold(s.Currency, "usd") {
		paid, known = *s.Price, true
	}
	remaining, alsoKnown := hundredths(s.AmountRefundable)
	if !known || !alsoKnown || paid <= 0 || remaining > paid {
		return 0, false
	}
	return *s.Price - (2**s.Price*remaining+paid)/(2*paid), true
}

// CanRefund reports whether an amount, in minor units of the sale's currency, is not more than can still be refunded, as
// far as that is known. Gumroad compares in US cents, so in other currencies what differs by less than one is the same.
func (s Sale) CanRefund(amount Cents) bool {
	remaining, known := s.RefundableAmount()
	if !known {
		return true
	}
	paid, known := s.PaidAmount()
	if known && s.Price != nil && *s.Price > 0 && !strings.EqualFold(s.Currency, "usd") {
		remaining += (paid + *s.Price - 1) / *s.Price
	}
	return amount <= remaining
}

// PaidAmount returns what the buyer was charged, in minor units of the sale's currency, and whether both are known.
func (s Sale) PaidAmount() (Cents, bool) { return s.inCurrency(s.FormattedTotalPrice) }

// RefundableAmount returns how much of it can still be refunded, in minor units of the sale's currency, and whether
// both are known.
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

// LocalTime returns the time of the sale by the seller's clock, in whole minutes, and whether it is known. The result
// carries the seller's clock time labelled as UTC, since Gumroad does not name the time zone.
func (s Sale) LocalTime() (time.Time, bool) {
	at, err := time.Parse("2 Jan 2006 3:04 PM", strings.Join(strings.Fields(s.Daystamp), " "))
	return at, err == nil
}

// Time returns the time of the sale, and whether it is known.
func (s Sale) Time() (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, s.CreatedAt)
	return at, err == nil
}

// IsUnclear reports whether upstream said in an unknown way what kind of sale it is or where its money went.
func (s Sale) IsUnclear() bool {
	return slices.Contains([]Bool{
		s.Refunded, s.PartiallyRefunded, s.Chargedback, s.Disputed, s.DisputeWon, s.IsBundleProduct, s.IsGiftReceiver,
		s.IsPreorder, s.RecurringCharge, s.IsUpgradePurchase, s.FreeTrialEnded,
	}, Unclear)
}
