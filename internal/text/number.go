package text

import "regexp"

var wholePart = regexp.MustCompile(`\d+`)

// Grouped puts commas between the thousands of the first number in a text: "$1,234.50".
func Grouped(number string) string {
	at := wholePart.FindStringIndex(number)
	if at == nil {
		return number
	}
	for i := at[1] - 3; i > at[0]; i -= 3 {
		number = number[:i] + "," + number[i:]
	}
	return number
}
