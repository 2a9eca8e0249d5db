package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

// written is what a screen of a width, without colours, shows of a result.
func written(t *testing.T, width int, unicode bool, raw string, show func(screen, object.Object)) string {
	t.Helper()
	result, err := object.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	show(screen{Writer: &out, width: width, unicode: unicode, now: time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)}, result)
	return out.String()
}

func TestResults(t *testing.T) {
	for _, test := range []struct{ name, raw, want string }{
		{"what strangers wrote cannot move the cursor", `{"sales":[{"name":"a\u001b[2J\u009b1m\u0007b\tc\r\nd\u202e","n":1}]}`, `
name         n
a[2J1mb c d  1
`},
		{"nor can the names that they chose", `{"sales":[{"a\u001b[2J\nb":1,"n":{"c\u009b\nd":2}}]}`, `
a[2J b  n
     1  c d 2
`},
		{"characters of all widths", `{"sales":[{"name":"和紙テクスチャ","n":1},{"name":"e\u0301te\u0301","n":22},
			{"name":"👩‍👩‍👧 👋🏽 ❤️","n":3},{"name":"שָׁלוֹם","n":4},{"name":"🇯🇵 كتاب","n":5}]}`, `
name             n
和紙テクスチャ   1
été             22
👩 👋 ❤          3
שָׁלוֹם          4
🇯🇵 كتاب          5
`},
		{"money in the currency of its row", `{"rows":[{"price_cents":50000,"currency":"jpy"},{"price_cents":300,"currency":"eur"},
			{"price_cents":123456789,"currency":"usd"},{"price_cents":-5,"currency":"usd"}]}`, `
        price
      ¥50,000
        €3.00
$1,234,567.89
       -$0.05
`},
		{"an amount without a currency stays one of cents", `{"codes":[{"name":"A","amount_cents":200}]}`, `
name  amount cents
A              200
`},
		{"times", `{"rows":[{"created_at":"2026-11-15T09:03:00Z"},{"created_at":"2026-11-14T23:59:59Z"},
			{"created_at":"2026-01-02T00:00:00Z"},{"created_at":"2025-11-27"},{"created_at":"2026-11-15"},{"created_at":"soon"}]}`, `
created
today 09:03
yesterday
2 Jan
27 Nov 2025
today
soon
`},
		{"a product with the name of a day", `{"rows":[{"name":"2026-11-15"}]}`, "\nname\n2026-11-15\n"},
		{"an empty list", `{"offer_codes":[],"store":"Pixel & Page"}`, "\nNo offer codes.\nstore  Pixel & Page\n"},
		{"nothing", `{}`, "\nDone.\n"},
		{"a record", `{"name":"Grid","published":true,"a":false,"b":false,"is_c":false,"text":"one\ntwo","tags":["x","y"],
			"price_cents":100,"currency":"usd","files":[{"name":"f","size":3}],"policy":{"days":30,"deep":{"x":1}},
			"lines":{"columns":["month","units"],"rows":[["2026-11",3]]},"none":[],"next_page_key":"it's"}`, `
name       Grid
published  yes
text       one
           two
tags       x, y
price      $1.00
none
not        a, b, c
There is more: add page_key='it'\''s'

files
  name  size
  f        3

policy
  days  30

  deep
    x  1

lines
  month    units
  2026-11      3
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := written(t, 60, true, test.raw, screen.result)
			if diff := cmp.Diff(test.want, "\n"+got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%q", diff, got)
			}
		})
	}
}

func TestTellings(t *testing.T) {
	for _, test := range []struct {
		name, tool string
		unicode    bool
		raw, want  string
	}{
		{"what it lacks comes first, and what nobody foresaw last", "sales_report", true,
			`{"from":"2026-11-01","to":"2026-11-14","complete":false,"missing":["two days"],"currency":"usd","gross_cents":200,
			"refunds_cents":0,"net_cents":200,"units":2,"refunded_units":0,"change":{"gross":"+1%"},"surprise":"kept",
			"left_out":{"lines":1,"gross_cents":5,"units":1,"why":"kept too"},
			"lines":[{"key":"A","gross_cents":200,"was_gross_cents":100},{"key":"B","gross_cents":50,"extra":"kept"}]}`, `
Sales from 1 Nov to yesterday
$2.00 gross, $0.00 refunded, $2.00 net.
2 sold, 0 refunded.
This is not complete.
Missing: two days

                         gross  extra  was gross
A  ██████████┃█████████  $2.00             $1.00
B  █████                 $0.50  kept
And 1 more lines: $0.05 gross, 1 sold.

surprise  kept

change
  gross  +1%

left out
  why  kept too
`},
		{"bars of a terminal that knows only ASCII", "list_discounts", false,
			`{"complete":true,"discounts":[{"code":"A","used":10},{"unnamed":true,"used":1},{"code":"C","used":0}],"left_out":3}`, `
Discount codes, by how often they were used

code                        used  unnamed
A     ####################    10
-     ##                       1  yes
C                              0
And 3 more, the least used.
`},
		{"lines within lines", "sales_report", true,
			`{"from":"2026-11-01","to":"2026-11-02","currency":"usd","lines":[{"key":"A","gross_cents":300,
			"lines":{"columns":["month","gross_cents"],"rows":[["2026-10",100],["2026-11",200]]}}]}`, `
Sales from 1 Nov to 2 Nov

                                 gross
A          ████████████████████  $3.00
- 2026-10  ██████▋               $1.00
- 2026-11  █████████████▍        $2.00
`},
		{"nothing to list", "list_discounts", true, `{"complete":true,"discounts":[]}`, `
Discount codes, by how often they were used

No discounts.
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := written(t, 60, test.unicode, test.raw, func(s screen, o object.Object) { s.report(reports[test.tool], o) })
			if diff := cmp.Diff(test.want, "\n"+got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
