package gumroad

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 code in upper or lower case; empty when upstream did not say.
type Currency string

// decimals is the number of digits after the decimal point. Gumroad counts all of its currencies in hundredths but the
// yen and the dong.
func (c Currency) decimals() int {
	switch strings.ToLower(string(c)) {
	case "jpy", "vnd":
		return 0
	default:
		return 2
	}
}

var symbols = map[string]string{
	"usd": "$", "gbp": "£", "eur": "€", "jpy": "¥", "inr": "₹", "aud": "A$", "cad": "CAD$", "hkd": "HK$", "sgd": "SGD$",
	"twd": "NT$", "nzd": "NZ$", "brl": "R$", "zar": "ZAR", "chf": "CHF", "ils": "₪",
	"php": "₱", "krw": "₩",
}

// trailing are the symbols that stand behind the amount.
var trailing = map[string]string{"pln": "zł", "czk": "Kč"}

// Format writes an amount of minor units: "$49.50", "¥500"; without a currency "49.50 (currency unknown)".
func (c Currency) Format(amount Cents) string {
	digits := c.decimals()
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	scale := Cents(1)
	for range digits {
		scale *= 10
	}
	text := strconv.FormatInt(int64(amount/scale), 10)
	if digits > 0 {
		text += fmt.Sprintf(".%0*d", digits, amount%scale)
	}
	return sign + c.Major(text)
}

// Major adds the currency to an amount of major units as Gumroad writes them ("49.50", "1,500").
func (c Currency) Major(amount string) string {
	if symbol, ok := symbols[strings.ToLower(string(c))]; ok {
		return symbol + amount
	}
	if c == "" {
		return amount + " (currency unknown)"
	}
	return amount + " " + cmp.Or(trailing[strings.ToLower(string(c))], strings.ToUpper(string(c)))
}

// Minor reads an amount of major units ("49.50", "49", "1,200") as minor ones, and reports whether it is one: not
// without a currency, nor with more decimals than it has.
func (c Currency) Minor(amount string) (Cents, bool) {
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(amount, ",", ""), ".")
	digits := c.decimals()
	if c == "" || whole == "" || len(fraction) > digits {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	return Cents(n), err == nil
}

// majorAmount is an amount of major units, as a text or a number. What stands behind the hundredths is zeros, or what a
// server's floating point leaves there (0.30000000000000004, 7.909999999999999).
var majorAmount = regexp.MustCompile(`^(-?)([0-9]{1,15})(?:\.([0-9]{1,2})(?:0*|(0{6,}|9{6,})[0-9]*))?$`)

// minorUnits reads an amount that Gumroad sends divided by a hundred, which it does in every currency, as the minor
// units that it was before. It is nil for "" and null, and unknown if it is no such amount.
func minorUnits(data json.RawMessage) (amount *Cents, known bool) {
	text := strings.Trim(string(data), `"`)
	if text == "" || text == "null" {
		return nil, true
	}
	found := majorAmount.FindStringSubmatch(text)
	if found == nil {
		return nil, false
	}
	n, err := strconv.ParseInt(found[2]+(found[3] + "00")[:2], 10, 64)
	if err != nil {
		return nil, false
	}
	if strings.HasPrefix(found[4], "9") {
		n++
	}
	if found[1] == "-" {
		n = -n
	}
	return new(Cents(n)), true
}
