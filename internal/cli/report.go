package cli

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

// report is how the result of a tool is told. Sentences name members of the result in braces; one whose members are not
// all there is left out. Whatever no sentence names is written below, so that nothing is lost.
type report struct {
	title    string
	currency string // the member that names the currency, if it is not currency
	say      []string
	chart    chart
	saying   []string // below the chart
}

// chart is a list of the result whose lines get bars.
type chart struct {
	list, label string
	length      string // the member that the bar shows
	was         string // the member that a tick on the bar shows, for comparison
}

var reports = map[string]report{
	"sales_report": {
		title: "Sales from {from} to {to}",
		say: []string{
			"{gross_cents} gross, {refunds_cents} refunded, {net_cents} net.",
			"{units} sold, {refunded_units} refunded.",
			"{after_fees_cents} after {fees_cents} in fees and {disputed_cents} in disputes.",
			"From {compared_with.from} to {compared_with.to} it was {compared_with.gross_cents} gross, " +
				"{compared_with.refunds_cents} refunded, {compared_with.net_cents} net; {compared_with.units} sold, " +
				"{compared_with.refunded_units} refunded.",
			"Change: {change.gross} gross, {change.net} net, {change.units} sold.",
		},
		chart:  chart{list: "lines", label: "key", length: "gross_cents", was: "was_gross_cents"},
		saying: []string{"And {left_out.lines} more lines: {left_out.gross_cents} gross, {left_out.units} sold."},
	},
	"subscriber_report": {
		title:    "Memberships from {from} to {to}",
		currency: "now.currency",
		say: []string{
			"{active_before} active before, {active_after} after: {new} new, {cancelled} cancelled, {failed} failed to pay, " +
				"{fixed_ended} at their planned end.",
			"Churn: {churn}.",
			"Now {now.active} active: {now.in_trial} in trial, {now.leaving} leaving, {now.failing} failing to pay.",
			"{now.mrr_cents} a month, of which {now.mrr_at_risk_cents} at risk.",
		},
		chart:  chart{list: "memberships", label: "product", length: "mrr_cents"},
		saying: []string{"And {left_out} more who left."},
	},
	"find_customer": {
		title: "{email}",
		say: []string{
			"{full_name}",
			"{purchases} purchases: {spent_usd_cents} spent, {refunded_usd_cents} refunded.",
		},
		chart:  chart{list: "sales"},
		saying: []string{"And {left_out} older sales, which are in the sums."},
	},
	"list_discounts": {
		title:  "Discount codes, by how often they were used",
		chart:  chart{list: "discounts", label: "code", length: "used"},
		saying: []string{"And {left_out} more, the least used."},
	},
	"export_sales": {
		title: "{rows} rows written to {path}",
		say: []string{
			"Sales from {from} to {to}.",
			"{gross_cents} gross, {refunds_cents} refunded, {net_cents} net, {fees_cents} in fees.",
			"Kept until {kept_until}.",
		},
	},
}

// telling is a report that is being written: what no sentence has named yet stays in it.
type telling struct {
	screen
	whole    object.Object
	currency gumroad.Currency
	named    map[string]bool // by path
}

// report writes a result as a short answer.
func (s screen) report(r report, result object.Object) {
	t := telling{screen: s, whole: result, named: map[string]bool{"currency": true}}
	currency, _ := at(result, cmp.Or(r.currency, "currency"))
	t.currency = gumroad.Currency(currency.Text())
	t.say(bold, r.title)
	for _, sentence := range r.say {
		t.say(plain, sentence)
	}
	t.caveat()
	t.chart(r.chart)
	for _, sentence := range r.saying {
		t.say(dim, sentence)
	}
	if rest := t.rest(); len(rest) > 0 {
		s.line("")
		s.sheet(rest, t.currency)
	}
}

var placeholder = regexp.MustCompile(`\{([a-z_.]+)\}`)

// say writes a sentence, if the result has all that it names.
func (t telling) say(how style, sentence string) {
	var paths []string
	for _, found := range placeholder.FindAllStringSubmatch(sentence, -1) {
		if _, ok := at(t.whole, found[1]); !ok {
			return
		}
		paths = append(paths, found[1])
	}
	if sentence == "" {
		return
	}
	for _, path := range paths {
		t.named[path] = true
	}
	t.wrapped(how, placeholder.ReplaceAllStringFunc(sentence, func(braced string) string {
		m, _ := at(t.whole, braced[1:len(braced)-1])
		return t.cellOf(m, t.currency).text
	}), 0)
}

// caveat warns of sums that are not complete.
func (t telling) caveat() {
	complete, ok := at(t.whole, "complete")
	if !ok {
		return
	}
	t.named["complete"] = true
	if string(complete.Value) == "true" {
		return
	}
	t.wrapped(yellow, "This is not complete.", 0)
	if missing, ok := at(t.whole, "missing"); ok {
		t.named["missing"] = true
		t.wrapped(yellow, "Missing: "+t.cellOf(missing, "").text, indent)
	}
}

func (t telling) chart(c chart) {
	m, ok := at(t.whole, c.list)
	rows, isList := rowsOf(m.Value)
	if !ok || !isList {
		return
	}
	t.named[c.list] = true
	t.line("")
	if len(rows) == 0 {
		t.line("No " + title(c.list, "") + ".")
		return
	}
	if c.length == "" {
		t.table(rows, t.currency, nil)
		return
	}
	t.table(withLabel(unfolded(rows, c.label), c.label), t.currency, &bars{length: c.length, was: c.was})
}

// unfolded puts the lines within a line below it.
func unfolded(rows []object.Object, label string) []object.Object {
	var all []object.Object
	for _, row := range rows {
		i := slices.IndexFunc(row, func(m object.Member) bool { return m.Name == "lines" })
		within, ok := []object.Object(nil), false
		if i >= 0 {
			within, ok = rowsOf(row[i].Value)
		}
		if !ok {
			all = append(all, row)
			continue
		}
		all = append(all, slices.Delete(slices.Clone(row), i, i+1))
		for _, inner := range within {
			if len(inner) == 0 {
				continue
			}
			inner = slices.Clone(inner)
			inner[0] = object.Member{Name: label, Value: object.Literal("- " + inner[0].Text())}
			all = append(all, inner)
		}
	}
	return all
}

// withLabel puts the label of each row first, and gives one to those that have none.
func withLabel(rows []object.Object, label string) []object.Object {
	labelled := make([]object.Object, len(rows))
	for i, row := range rows {
		rest := slices.DeleteFunc(slices.Clone(row), func(m object.Member) bool { return m.Name == label })
		labelled[i] = append(object.Object{{Name: label, Value: object.Literal(cmp.Or(row.Text(label), "-"))}}, rest...)
	}
	return labelled
}

// at returns the member at a path such as change.gross.
func at(record object.Object, path string) (object.Member, bool) {
	name, inner, isDeeper := strings.Cut(path, ".")
	m, ok := record.Get(name)
	if !ok || !isDeeper {
		return m, ok
	}
	nested, err := object.Parse(m.Value)
	if err != nil {
		return object.Member{}, false
	}
	return at(nested, inner)
}

// rest returns what has not been named.
func (t telling) rest() object.Object { return t.without(t.whole, "") }

func (t telling) without(record object.Object, prefix string) (rest object.Object) {
	for _, m := range record {
		if t.named[prefix+m.Name] {
			continue
		}
		if nested, err := object.Parse(m.Value); err == nil && len(nested) > 0 {
			inner := t.without(nested, prefix+m.Name+".")
			onlyCurrency := len(inner) == 1 && inner[0].Name == "currency" && len(nested) > 1
			if len(inner) == 0 || onlyCurrency {
				continue
			}
			m.Value = json.RawMessage(inner.JSON())
		}
		rest = append(rest, m)
	}
	return rest
}
