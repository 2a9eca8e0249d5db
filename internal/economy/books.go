package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// books is the store's data as anybody can list it. The facts that a task needs are computed from it, by code that
// shares nothing with the reports.
type books struct{ store *sandbox.Sandbox }

// all reads a list to its end, with the store's own token.
func (b books) all(ctx context.Context, path, name string, query url.Values) (rows []result, err error) {
	if query == nil {
		query = url.Values{}
	}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://sandbox/v2"+path+"?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
		response, err := b.store.RoundTrip(request)
		if err != nil {
			return nil, err
		}
		var page result
		err = json.NewDecoder(response.Body).Decode(&page)
		response.Body.Close()
		if err != nil || page["success"] != true {
			return nil, fmt.Errorf("%s: %v %w", path, page, err)
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
func (b books) charges(ctx context.Context, period string) (charges []result, err error) {
	sales, err := b.all(ctx, "/sales", "sales", nil)
	if err != nil {
		return nil, err
	}
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
