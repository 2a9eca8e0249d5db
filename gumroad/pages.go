package gumroad

import (
	"context"
	"iter"
)

// Row is a record that lists hold.
type Row interface {
	Record
	RowID() string
}

// Page is one page of a list, newest rows first where Gumroad sorts by time.
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

// Pageable is a list request that can be asked again from another page on.
type Pageable[In any] interface{ From(pageKey string) In }

// Pages walks a list page by page from in on. It ends with an error if one occurs, and if upstream sends a cursor
// again, which would never end.
func Pages[In Pageable[In], R Row](ctx context.Context, in In,
	fetch func(context.Context, In) (Page[R], error)) iter.Seq2[Page[R], error] {
	return func(yield func(Page[R], error) bool) {
		seen := map[string]bool{}
		for {
			page, err := fetch(ctx, in)
			if err == nil && seen[page.NextPageKey] {
				err = &Error{Code: UpstreamUnavailable, Message: "Gumroad sent the same page key twice; the list cannot be walked to its end."}
			}
			if !yield(page, err) || err != nil || page.NextPageKey == "" {
				return
			}
			seen[page.NextPageKey] = true
			in = in.From(page.NextPageKey)
		}
	}
}
