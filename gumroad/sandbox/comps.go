package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// maxCompExamples is how many products are named.
const maxCompExamples = 5

// compareProducts tells what comparable products of all sellers cost; free ones are left out.
func compareProducts(r *request) answer {
	p := r.params
	query, isText := p.text("query")
	if !isText {
		return refuse("query must be a string.")
	}
	if p.blank("query") && p.blank("taxonomy") {
		return refuse("A taxonomy or query parameter is required.")
	}
	code := "usd"
	if p.has("price_currency_type") {
		code = normalizeCurrency(p)
	}
	money, known := currencies[code]
	if !known {
		return refuse(fmt.Sprintf("'%s' is not a supported currency.", p.str("price_currency_type")))
	}
	var within taxon
	if !p.blank("taxonomy") {
		within = taxonomyByPath(p.str("taxonomy"))
		if within.id == 0 {
			within = taxonomyByID(rubyInt(p.str("taxonomy")))
		}
		if within.id == 0 {
			return refuse("The taxonomy was not found.")
		}
	}
	type comparable struct {
		product *product
		price   int
		url     string
	}
	var found []comparable
	for _, st := range r.sb.stores {
		for _, other := range st.products {
			price, _ := other.cheapest()
			path := taxonomyByID(other.taxonomyID).path
			if other.published() && price > 0 && other.currency == code &&
				strings.Contains(strings.ToLower(other.name), strings.ToLower(strings.TrimSpace(query))) &&
				(within.id == 0 || path == within.path || strings.HasPrefix(path, within.path+"/")) {
				found = append(found, comparable{other, price, other.url(st.seller)})
			}
		}
	}
	prices := make([]int, 0, len(found))
	for _, c := range found {
		prices = append(prices, c.price)
	}
	slices.Sort(prices)
	quartile := func(of int) any {
		if len(prices) == 0 {
			return nil
		}
		return prices[(len(prices)-1)*of/4]
	}
	slices.SortStableFunc(found, func(a, b comparable) int { return b.product.salesCount() - a.product.salesCount() })
	examples := []*object{}
	for _, c := range found[:min(len(found), maxCompExamples)] {
		examples = append(examples, newObject().with("name", c.product.name).with("price", money.price(c.price)).
			with("url", c.url))
	}
	return render(http.StatusOK, success().with("comps", newObject().with("count", len(found)).with("currency", code).
		with("price_cents", newObject().with("p25", quartile(1)).with("p50", quartile(2)).with("p75", quartile(3))).
		with("examples", examples)))
}
