package tools

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

var reports = Toolset{
	Name: "reports", Doc: "Answers in one call: revenue, customers, subscribers, discounts, exports.",
	Tools: []Tool{
		{Name: "sales_report", Title: "Report sales", Effect: Reads,
			Doc: "How much did the store make? Revenue, refunds and units of a period, grouped, against another. Do not add up sales: ask this.",
			Refuses: map[string]string{"after": "the days are from and to, both included", "before": "the days are from and to, both included",
				"limit": "top is how many groups are shown"},
			Run: run(salesReport)},
		{Name: "find_customer", Title: "Find a customer", Effect: Reads,
			Doc: "Everything one buyer has: sales, refunds, licences, memberships.",
			Run: run(findCustomer)},
		{Name: "subscriber_report", Title: "Report subscribers", Effect: Reads,
			Doc: "Memberships: active, new, cancelled, failed, churn, recurring revenue (MRR).",
			Run: run(subscriberReport)},
		{Name: "list_discounts", Title: "List all discounts", Effect: Reads,
			Doc: "Every discount code (coupon) of the store, once each: used, left.",
			Run: run(listDiscounts)},
		{Name: "export_sales", Title: "Export sales to a file", Effect: Reads,
			Doc:   "Write sales to a CSV or JSON-lines file; returns its link and totals, no rows.",
			Links: "resource",
			Run:   run(exportSales)},
	},
}

const sideBySide = 8

// gather reads for each item, several side by side, and keeps their order. What a single item's read fails with is
// said in missing, so that the rest is still an answer; what would fail them all, or does, is the error.
func gather[T, R any](ctx context.Context, items []T, name func(T) string, read func(context.Context, T) (R, error)) (found []R, missing []string, err error) {
	results := make([]*R, len(items))
	var failed error
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for i, item := range items {
		group.Go(func() error {
			result, err := read(ctx, item)
			if err == nil {
				results[i] = &result
				return nil
			}
			e := (*gumroad.Error)(nil)
			if !errors.As(err, &e) || ctx.Err() != nil ||
				slices.Contains([]gumroad.Code{gumroad.NoConnection, gumroad.BadCredential, gumroad.MissingScope, gumroad.RateLimited}, e.Code) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			failed = err
			missing = append(missing, name(item)+" ("+string(e.Code)+")")
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	for _, result := range results {
		if result != nil {
			found = append(found, *result)
		}
	}
	if len(found) == 0 && failed != nil {
		return nil, nil, failed
	}
	slices.Sort(missing)
	return found, missing, nil
}

// whole walks a list to its end.
func whole[In gumroad.Pageable[In], R gumroad.Row](ctx context.Context, in In, fetch func(context.Context, In) (gumroad.Page[R], error)) ([]R, error) {
	var rows []R
	for page, err := range gumroad.Pages(ctx, in, fetch) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, page.Rows...)
	}
	return rows, nil
}

// fit keeps the first rows that take at most that many bytes, and counts the others.
func fit[T any](rows []T, bytes int) (kept []T, left int) {
	for i, row := range rows {
		if bytes -= len(literal(row)) + 1; bytes < 0 {
			return rows[:i], len(rows) - i
		}
	}
	return rows, 0
}

// noPartial says why a scan that failed gives no sums.
func noPartial(err error) error {
	var e *gumroad.Error
	if !errors.As(err, &e) {
		return err
	}
	told := *e
	told.Message += " The sums of only a part of the sales would be too low, so there are none."
	return &told
}

// some is n, or nothing to show for none.
func some(n gumroad.Int) *gumroad.Int {
	if n == 0 {
		return nil
	}
	return &n
}
