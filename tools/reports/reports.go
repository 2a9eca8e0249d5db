// Package reports answers a seller's questions in one call each. A report is a plain function that reads a store
// through its client and adds up what it reads. It knows nothing of MCP.
package reports

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

// MaxBytes is how long the JSON of a report may be. A report leaves out rows to keep within it, and counts them.
const MaxBytes = 20_000

// maxConcurrentReads is how many requests gather has in flight.
const maxConcurrentReads = 8

// fatalCodes are the codes of failures that would hit every item.
var fatalCodes = []gumroad.Code{gumroad.NoConnection, gumroad.BadCredential, gumroad.MissingScope, gumroad.RateLimited}

// gather calls read for each item, several at a time, and returns the results in the order of the items. A failed item
// is named in missing and the rest is returned. A failure that would hit every item, such as a bad credential, is
// returned as the error, and so is the failure of all of them.
func gather[T, R any](ctx context.Context, items []T, name func(T) string, read func(context.Context, T) (R, error)) (
	found []R, missing []string, err error) {
	results := make([]*R, len(items))
	var failed error
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxConcurrentReads)
	for i, item := range items {
		group.Go(func() error {
			result, err := read(ctx, item)
			if err == nil {
				results[i] = &result
				return nil
			}
			e, ok := errors.AsType[*gumroad.Error](err)
			if !ok || ctx.Err() != nil || slices.Contains(fatalCodes, e.Code) {
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

// readAll reads a list to its end.
func readAll[In gumroad.Pageable[In], R gumroad.Row](ctx context.Context, in In,
	fetch func(context.Context, In) (gumroad.Page[R], error)) ([]R, error) {
	var rows []R
	for page, err := range gumroad.Pages(ctx, in, fetch) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, page.Rows...)
	}
	return rows, nil
}

// findProduct returns a product by its id or permalink. Reports on one product look it up first: Gumroad's lists of sales
// take no permalink, and are empty for another store's product.
func findProduct(c *gumroad.Client, ctx context.Context, id string) (gumroad.Product, error) {
	return c.GetProduct(ctx, gumroad.ProductRef{ProductID: id})
}

// takeFitting returns as many of the first rows as fit into that many bytes of JSON, and how many are left.
func takeFitting[T any](rows []T, bytes int) (kept []T, left int) {
	for i, row := range rows {
		if bytes -= len(object.Literal(row)) + 1; bytes < 0 {
			return rows[:i], len(rows) - i
		}
	}
	return rows, 0
}

const noSums = "The sums of only a part of the sales would be too low, so none are given."

// withConsequence adds to an error of the client what it means for the report.
func withConsequence(err error, consequence string) error {
	e, ok := errors.AsType[*gumroad.Error](err)
	if !ok {
		return err
	}
	told := *e
	told.Message += " " + consequence
	return &told
}

// nilIfZero returns nil for 0, so that the count is left out of the result.
func nilIfZero(n gumroad.Int) *gumroad.Int {
	if n == 0 {
		return nil
	}
	return &n
}
