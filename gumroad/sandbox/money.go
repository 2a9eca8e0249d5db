package sandbox

import (
	"fmt"
	"math"
	"strconv"
)

// currency is one Gumroad sells in.
type currency struct {
	code     string
	symbol   string
	trailing bool // the symbol stands behind the amount
	minimum  int  // lowest price other than 0, in minor units
	decimals int
	perUSD   float64 // units of the currency for one dollar; fixed, so that demo data is
}

var currencies = func() map[string]currency {
	table := []currency{
		{"usd", "$", false, 99, 2, 1}, {"gbp", "£", false, 59, 2, 0.78}, {"eur", "€", false, 79, 2, 0.92},
		{"jpy", "¥", false, 99, 0, 150}, {"inr", "₹", false, 7300, 2, 84}, {"aud", "A$", false, 99, 2, 1.52},
		{"cad", "CAD$", false, 99, 2, 1.38}, {"hkd", "HK$", false, 799, 2, 7.8}, {"sgd", "SGD$", false, 99, 2, 1.34},
		{"twd", "NT$", false, 2999, 2, 32}, {"nzd", "NZ$", false, 99, 2, 1.66}, {"brl", "R$", false, 533, 2, 5.4},
		{"zar", "ZAR", false, 1300, 2, 18}, {"chf", "CHF", false, 100, 2, 0.88}, {"ils", "₪", false, 700, 2, 3.7},
		{"php", "₱", false, 4500, 2, 57}, {"krw", "₩", false, 111000, 2, 1370}, {"pln", "zł", true, 379, 2, 3.95},
		{"czk", "Kč", true, 2149, 2, 23},
	}
	byCode := make(map[string]currency, len(table))
	for _, c := range table {
		byCode[c.code] = c
	}
	return byCode
}()

// maxPriceUSDCents is the default cap of a seller's prices.
const maxPriceUSDCents = 500_000

func (c currency) scale() int {
	if c.decimals == 0 {
		return 1
	}
	return 100
}

// number is an amount without symbol; whole amounts lose their decimals.
func (c currency) number(minor int) string {
	whole, rest := minor/c.scale(), minor%c.scale()
	digits := strconv.Itoa(whole)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if rest == 0 {
		return digits
	}
	return fmt.Sprintf("%s.%02d", digits, rest)
}

// format is an amount as Gumroad writes it: $5, $4.50, ¥1,500, 3.79 zł.
func (c currency) format(minor int) string {
	if c.trailing {
		return c.number(minor) + " " + c.symbol
	}
	return c.symbol + c.number(minor)
}

// price is format, except for the lowest dollar price.
func (c currency) price(minor int) string {
	if c.code == "usd" && minor == 99 {
		return "99¢"
	}
	return c.format(minor)
}

// toUSD converts minor units of this currency into USD cents.
func (c currency) toUSD(minor int) int {
	return int(math.Round(float64(minor) / float64(c.scale()) / c.perUSD * 100))
}

// fromUSD converts USD cents into minor units of this currency. What goes there and back can lose some of them.
func (c currency) fromUSD(cents int) int {
	return int(math.Round(float64(cents) * c.perUSD / 100 * float64(c.scale())))
}

// gumroadFee is what Gumroad keeps of a sale, in USD cents. It is higher where Gumroad's own account with the processor
// takes the payment, and a share alone where Gumroad's marketplace brought the buyer.
func gumroadFee(usdCents int, ownAccount, discover bool) int {
	perThousand, fixed := 100, 50
	if ownAccount {
		perThousand, fixed = 129, 80
	}
	if discover {
		perThousand, fixed = 300, 0
	}
	return min(usdCents, int(math.Round(float64(usdCents*perThousand)/1000))+fixed)
}

// percentOf is half away from zero, as the server rounds discounts.
func percentOf(minor, percent int) int {
	return int(math.Round(float64(minor) * float64(percent) / 100))
}

// recurrence periods in the order the API lists them.
var recurrences = []string{"monthly", "quarterly", "biannually", "yearly", "every_two_years"}

var recurrenceTexts = map[string]string{
	"monthly":         "a month",
	"quarterly":       "every 3 months",
	"biannually":      "every 6 months",
	"yearly":          "a year",
	"every_two_years": "every 2 years",
}

var recurrenceMonths = map[string]int{
	"monthly": 1, "quarterly": 3, "biannually": 6, "yearly": 12, "every_two_years": 24,
}
