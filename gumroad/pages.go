package gumroad

import (
	"context"
	"iter"
)

// Row is a record that lists hold. RowID is its id, by which a list can be completed.
type Row interface {
	Record
	RowID() string
}

// Page is one page of a list, in Gumroad's order.
type Page[R Row] struct {
	Rows        []R
	NextPageKey string // empty on the last page
}

func (p *Page[R]) fromEnvelope(body []byte) error {
	var row R
	_, many := row.Envelope()
	if err := member(body, many, &p.Rows); err != nil {
		return err
	}
	var paging struct {
		NextPageKey Text `json:"next_page_key"`
	}
	if err := unmarshal(body, &paging); err != nil {
		return err
	}
	p.NextPageKey = string(paging.NextPageKey)
	return nil
}

// Pageable is a list request that comes in pages. From returns the request for the page that begins at a NextPageKey.
type Pageable[In any] interface{ From(pageKey string) In }

// Pages walks a list page by page, beginning with the page that in asks for. It ends with an error if one occurs, and
// if upstream sends a page key twice, since that walk would never end.
func Pages[In Pageable[In], R Row](ctx context.Context, in In,
	fetch func(context.Context, In) (Page[R], error)) iter.Seq2[Page[R], error] {
	return func(yield func(Page[R], error) bool) {
		seen := map[string]bool{}
		for {
			page, err := fetch(ctx, in)
			if err == nil && seen[page.NextPageKey] {
				err = &Error{Code: UpstreamUnavailable,
					Message: "Gumroad sent the same page key twice; the list cannot be walked to its end."}
			}
			if !yield(page, err) || err != nil || page.NextPageKey == "" {
				return
			}
			seen[page.NextPageKey] = true
			in = in.From(page.NextPageKey)
		}
	}
}
