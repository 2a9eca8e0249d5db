package tool

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

const (
	defaultLimit = 10
	maxLimit     = 100
)

type detailArguments struct {
	Detail string `json:"detail,omitempty" jsonschema:"enum=concise,enum=full" jsonschema_description:"full: every field."`
}

type listArguments struct {
	Limit *gumroad.Int `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Rows, default 10."`
	pageArguments
	detailArguments
}

type pageArguments struct {
	PageKey string `json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// List walks a paginated list up to the rows asked for.
func List[In gumroad.Pageable[In], R gumroad.Row](operation method[In, gumroad.Page[R]]) Operation {
	return listOperation[In, R](schemas.Of[listArguments], func(ctx context.Context, env Env, in In, args listArguments, l *listing) error {
		if args.Limit != nil {
			l.limit = min(int(*args.Limit), maxLimit)
		}
		if args.PageKey != "" {
			in = in.From(l.from)
		}
		fetch := func(ctx context.Context, in In) (gumroad.Page[R], error) { return operation(env.Client, ctx, in) }
		for page, err := range gumroad.Pages(ctx, in, fetch) {
			if err != nil {
				return err
			}
			if add(l, page); len(l.rows) >= l.limit || l.lost() {
				break
			}
		}
		return nil
	})
}

// All returns a list that Gumroad sends whole.
func All[In any, R gumroad.Row](operation method[In, gumroad.Page[R]]) Operation {
	return listOperation[In, R](schemas.Of[pageArguments], func(ctx context.Context, env Env, in In, _ listArguments, l *listing) error {
		page, err := operation(env.Client, ctx, in)
		add(l, page)
		l.limit = len(l.rows)
		return err
	})
}

// listOperation is an operation that fills a listing. how is the schema of the arguments that say how to list, which are
// some of listArguments.
func listOperation[In any, R gumroad.Row](how func() *jsonschema.Schema,
	fill func(context.Context, Env, In, listArguments, *listing) error) Operation {
	return Operation{
		input:  func() *jsonschema.Schema { return schemas.Object(schemas.Of[In](), how()) },
		output: listOutput[R],
		kind:   listOf[R](),
		call: func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
			in, err := decode[In](arguments)
			if err != nil {
				return nil, err
			}
			args, err := decode[listArguments](arguments)
			if err != nil {
				return nil, err
			}
			l := newListing[R](args.PageKey, args.Detail == "full")
			if err := fill(ctx, env, in, args, l); err != nil {
				return nil, err
			}
			return l.finish()
		},
	}
}

func listOf[R gumroad.Row]() kind {
	var row R
	one, _ := row.Envelope()
	return kind{record: one, lists: true}
}

type listTail struct {
	NextPageKey string `json:"next_page_key,omitempty" jsonschema_description:"Pass as page_key, with the other arguments unchanged, for the rows that follow; absent at the end."`
	LeftOut     *int   `json:"left_out,omitempty" jsonschema_description:"Rows asked for that did not fit; next_page_key gives them."`
}

func listOutput[R gumroad.Row]() *jsonschema.Schema {
	var row R
	_, many := row.Envelope()
	rows := &jsonschema.Schema{Type: "array", Items: schemas.ConciseOf[R]()}
	return schemas.Object(schemas.Property(many, rows), schemas.ResultOf[listTail]())
}

// listing is rows on their way to a result, each with the page key that goes on behind it.
//
// Gumroad's page keys stand between its own pages. A key for the middle of one is its page's key and the id of the
// last row shown, so that rows which arrive meanwhile neither repeat nor hide any.
type listing struct {
	name   string // "sales"
	full   bool
	limit  int // of rows
	rows   []any
	resume []string // resume[i] continues after rows[i]; "" at the end of the list
	from   string   // upstream's key of the page being added
	keyed  bool     // the first page had a key of upstream's
	after  string   // id of the last row shown before; rows up to it are skipped
}

const keySeparator = "~"

func newListing[R gumroad.Row](pageKey string, full bool) *listing {
	var row R
	_, many := row.Envelope()
	from, after, _ := strings.Cut(pageKey, keySeparator)
	return &listing{name: many, full: full, limit: defaultLimit, from: from, keyed: from != "", after: after}
}

// add appends the rows of the page at l.from and moves on to the next.
func add[R gumroad.Row](l *listing, page gumroad.Page[R]) {
	for i, row := range page.Rows {
		id := row.RowID()
		if l.after != "" {
			if id == l.after {
				l.after = ""
			}
			continue
		}
		next := page.NextPageKey
		if i < len(page.Rows)-1 {
			next = l.from + keySeparator + id
		}
		l.rows, l.resume = append(l.rows, row), append(l.resume, next)
	}
	l.from = page.NextPageKey
}

// lost reports that the row to go on after has left its page. Rows that arrive later stand before every page with a
// key, so only the first page can have moved on.
func (l *listing) lost() bool { return l.after != "" && l.keyed }

// finish keeps the rows up to the limit, and reports a page key whose row is no longer there.
func (l *listing) finish() (*listing, error) {
	if l.after != "" {
		return nil, gumroad.Invalid("The row this page_key continues after is no longer in the list.",
			"List again without page_key.")
	}
	if len(l.rows) > l.limit {
		l.rows, l.resume = l.rows[:l.limit], l.resume[:l.limit]
	}
	return l, nil
}
