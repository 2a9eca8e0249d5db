package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// books is the store's data as anybody can list it. The facts that a task needs are computed from it, by code that
// shares nothing with the reports.
type books struct{ store *sandbox.Sandbox }

// get reads a path, with the store's own token.
func (b books) get(ctx context.Context, path string, query url.Values) (result, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://sandbox/v2"+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
	response, err := b.store.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer result
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer["success"] != true {
		return nil, fmt.Errorf("%s: %v", path, answer)
	}
	return answer, nil
}

// all reads a list to its end.
func (b books) all(ctx context.Context, path, name string, query url.Values) (rows []result, err error) {
	if query == nil {
		query = url.Values{}
	}
	for {
		page, err := b.get(ctx, path, query)
		if err != nil {
			return nil, err
		}
		rows = append(rows, page.rows(name)...)
		key := page.text("next_page_key")
		if key == "" {
			return rows, nil
		}
		query.Set("page_key", key)
	}
}

// localTime is the layout of a sale's daystamp, in the store's time zone.
const localTime = "2 Jan 2006 3:04 PM"

// charges returns the charges of a month ("2026-10") or a year by the store's calendar.
func (b books) charges(ctx context.Context, period string) ([]result, error) {
	sales, err := b.all(ctx, "/sales", "sales", nil)
	if err != nil {
		return nil, err
	}
	return chargesOf(sales, period)
}

// summed returns the charges that Gumroad's own sums count: pre-orders on the day they were placed, which no list shows,
// and not on the day they were charged.
func (b books) summed(ctx context.Context, period string) ([]result, error) {
	sales, err := b.all(ctx, "/sales", "sales", nil)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"pre-order authorization", "pre-order, as placed"} {
		placed, _ := b.store.Highlight(name)
		answer, err := b.get(ctx, "/sales/"+placed.ID, nil)
		if err != nil {
			return nil, err
		}
		sales = append(sales, answer.record("sale"))
	}
	charged, _ := b.store.Highlight("pre-order, as charged")
	return chargesOf(slices.DeleteFunc(sales, func(s result) bool { return s.text("id") == charged.ID }), period)
}

func chargesOf(sales []result, period string) (charges []result, err error) {
	for _, sale := range sales {
		at, err := time.Parse(localTime, strings.Join(strings.Fields(sale.text("daystamp")), " "))
		if err != nil {
			return nil, err
		}
		_, trial := sale["free_trial_ended"].(bool)
		if strings.HasPrefix(at.Format(time.DateOnly), period) && sale["is_bundle_product_purchase"] != true &&
			!(trial && sale["recurring_charge"] != true) {
			sale["month"] = at.Format("2006-01")
			charges = append(charges, sale)
		}
	}
	return charges, nil
}

func sum(rows []result, name string) (total int) {
	for _, row := range rows {
		amount, _ := row[name].(float64)
		total += int(amount)
	}
	return total
}
