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
	minimum  int // lowest price other than 0, in minor units
	decimals int
	perUSD   float64 // units of the currency for one dollar; fixed, so that demo data is
}

var currencies = func() map[string]currency {
	table := []currency{
		{"usd", "$", 99, 2, 1}, {"gbp", "£", 59, 2, 0.78}, {"eur", "€", 79, 2, 0.92},
		{"jpy", "¥", 99, 0, 150}, {"inr", "₹", 7300, 2, 84}, {"aud", "A$", 99, 2, 1.52},
		{"cad", "CAD$", 99, 2, 1.38}, {"hkd", "HK$", 799, 2, 7.8}, {"sgd", "S$", 99, 2, 1.34},
		{"twd", "NT$", 2999, 2, 32}, {"nzd", "NZ$", 99, 2, 1.66}, {"brl", "R$", 533, 2, 5.4},
		{"zar", "ZAR", 1300, 2, 18}, {"chf", "CHF", 100, 2, 0.88}, {"ils", "₪", 700, 2, 3.7},
		{"php", "₱", 4500, 2, 57}, {"krw", "₩", 111000, 2, 1370}, {"pln", "zł", 379, 2, 3.95},
		{"czk", "Kč", 2149, 2, 23},
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
func (c currency) number(minor int, separator string) string {
	whole, rest := minor/c.scale(), minor%c.scale()
	digits := strconv.Itoa(whole)
	if separator != "" {
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + separator + digits[i:]
		}
	}
	if rest == 0 {
		return digits
	}
	return fmt.Sprintf("%s.%02d", digits, rest)
}

// format is an amount as Gumroad writes it: $5, $4.50, ¥1,500.
func (c currency) format(minor int) string { return c.symbol + c.number(minor, ",") }

// price is format, except that a dollar price under one dollar is written in cents.
func (c currency) price(minor int) string {
	if c.code == "usd" && minor > 0 && minor < 100 {
		return fmt.Sprintf("%d¢", minor)
	}
	return c.format(minor)
}

// toUSD converts minor units of this currency into USD cents.
func (c currency) toUSD(minor int) int {
	return int(math.Round(float64(minor) / float64(c.scale()) / c.perUSD * 100))
}

// gumroadFee is ten percent and fifty cents of a paid sale, in USD cents.
func gumroadFee(usdCents int) int {
	if usdCents <= 0 {
		return 0
	}
	return min(usdCents, int(math.Round(float64(usdCents)*0.10))+50)
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
