package gumroad

import (
	"context"
	"encoding/json"
	"fmt"
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

// maxRows bounds what one answer can make of memory: the largest list that Gumroad sends whole has far fewer rows.
const maxRows = 10_000

// fromEnvelope reads the rows one by one, so that an answer with too many of them is given up in time.
func (p *Page[R]) fromEnvelope(body []byte) error {
	var row R
	_, many := row.Envelope()
	found := false
	err := members(body, func(name string, value *json.Decoder) error {
		switch name {
		case many:
			found = true
			return p.readRows(value)
		case "next_page_key", "next_token": // Gumroad's and Maton's
			var key Text
			err := tolerant(value.Decode(&key))
			p.NextPageKey = string(key)
			return err
		}
		return value.Decode(&skipped{})
	})
	if err == nil && !found {
		err = fmt.Errorf("the answer has no %q", many)
	}
	return err
}

func (p *Page[R]) readRows(decoder *json.Decoder) error {
	if err := expect(decoder, '['); err != nil {
		return err
	}
	for decoder.More() {
		if len(p.Rows) == maxRows {
			return fmt.Errorf("the answer has more than %d rows", maxRows)
		}
		var row R
		if err := tolerant(decoder.Decode(&row)); err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	return expect(decoder, ']')
}

func expect(decoder *json.Decoder, delim json.Delim) error {
	if token, err := decoder.Token(); err != nil || token != delim {
		return fmt.Errorf("the answer has no %q where one was expected", delim)
	}
	return nil
}

// Pageable is a list request that comes in pages. From returns the request for the page that begins at a NextPageKey.
type Pageable[In any] interface{ From(pageKey string) In }

const (
	maxPages      = 10_000
	maxEmptyPages = 3 // in a row
)

// Pages walks a list page by page, beginning with the page that in asks for. It ends with an error if one occurs, and
// if the walk would never end: a page key that comes twice, pages without rows, or more pages than any list has.
func Pages[In Pageable[In], R Row](ctx context.Context, in In,
	fetch func(context.Context, In) (Page[R], error)) iter.Seq2[Page[R], error] {
	return func(yield func(Page[R], error) bool) {
		seen := map[string]bool{}
		empty := 0
		for {
			page, err := fetch(ctx, in)
			if empty++; len(page.Rows) > 0 {
				empty = 0
			}
			if err == nil && page.NextPageKey != "" &&
				(seen[page.NextPageKey] || empty == maxEmptyPages || len(seen) == maxPages) {
				err = &Error{Code: UpstreamUnavailable,
					Message: "The pages of the list lead nowhere; it cannot be walked to its end."}
			}
			if !yield(page, err) || err != nil || page.NextPageKey == "" {
				return
			}
			seen[page.NextPageKey] = true
			in = in.From(page.NextPageKey)
		}
	}
}
