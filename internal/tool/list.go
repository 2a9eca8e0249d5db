package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/invopop/jsonschema"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

const (
	defaultLimit = 10
	maxLimit     = 100
)

type detailArguments struct {
	Detail string `json:"detail,omitempty" jsonschema_description:"full, or fields: email,id."`
}

// fieldsOf returns the fields of R that detail asks for. Its error lists the fields that there are.
func fieldsOf[R gumroad.Row](detail string) (selection, error) {
	switch strings.ToLower(strings.TrimSpace(detail)) {
	case "", "concise":
		return selection{concise: true}, nil
	case "full":
		return selection{}, nil
	}
	known := schemas.ResultOf[R]().Properties
	var fields selection
	for name := range strings.FieldsFuncSeq(detail, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if _, ok := known.Get(name); !ok {
			names := slices.Collect(known.KeysFromOldest())
			said := fmt.Sprintf("detail has %s, which is no field.", text.Quote(name))
			if meant := Nearest(name, names); meant != "" {
				said = fmt.Sprintf("detail has %s, which is no field; did you mean %q?", text.Quote(name), meant)
			}
			return fields, gumroad.Invalid(said, "Give concise, full, or names of fields with commas between them: "+
				strings.Join(names, ", ")+".")
		}
		fields.named = append(fields.named, name)
	}
	if len(fields.named) == 0 {
		return fields, gumroad.Invalid("detail names no field.", "Give concise, full, or names of fields.")
	}
	return fields, nil
}

type listArguments struct {
	Limit *gumroad.Int `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Default 10."`
	pageArguments
	detailArguments
}

type pageArguments struct {
	PageKey string `json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// filter is a list request with a condition that Gumroad does not know, so that rows are passed over here.
type filter[R gumroad.Row] interface{ Keeps(row R) bool }

// maxFilteredPages is how many of Gumroad's pages one call reads to find the rows that a filter keeps.
const maxFilteredPages = 50

// List returns the rows of a paginated list. It reads as many of Gumroad's pages as the limit takes.
func List[In gumroad.Pageable[In], R gumroad.Row](operation method[In, gumroad.Page[R]]) Operation {
	fill := func(ctx context.Context, env Env, in In, args listArguments, l *listing) error {
		if args.Limit != nil {
			l.limit = min(int(*args.Limit), maxLimit)
		}
		if args.PageKey != "" {
			in = in.From(l.from)
		}
		fetch := func(ctx context.Context, in In) (gumroad.Page[R], error) { return operation(env.Client, ctx, in) }
		keeps := func(R) bool { return true }
		if filter, ok := any(in).(filter[R]); ok {
			keeps = filter.Keeps
		}
		pages := 0
		for page, err := range gumroad.Pages(ctx, in, fetch) {
			if err != nil {
				return err
			}
			pages++
			l.searched += len(page.Rows)
			if add(l, page, keeps); len(l.rows) >= l.limit || l.lost() {
				break
			}
			if pages == maxFilteredPages {
				l.rest = page.NextPageKey
				break
			}
		}
		return nil
	}
	return listOperation[In, R](schemas.Of[listArguments], fill)
}

// All returns the rows of a list that Gumroad sends in one piece. It takes a page key too, because the rows may be more
// than fit into one result.
func All[In any, R gumroad.Row](operation method[In, gumroad.Page[R]]) Operation {
	fill := func(ctx context.Context, env Env, in In, _ listArguments, l *listing) error {
		page, err := operation(env.Client, ctx, in)
		add(l, page, func(R) bool { return true })
		l.limit = len(l.rows)
		return err
	}
	return listOperation[In, R](schemas.Of[pageArguments], fill)
}

// listOperation returns an operation whose result is the listing that fill fills. how is the schema of the arguments
// that say how to list: all of listArguments, or some.
func listOperation[In any, R gumroad.Row](how func() *jsonschema.Schema,
	fill func(context.Context, Env, In, listArguments, *listing) error) Operation {
	return Operation{
		input:  func() *jsonschema.Schema { return schemas.Object(schemas.Of[In](), how()) },
		output: listOutput[R],
		kind:   listOf[R](),
		execute: func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
			in, err := decode[In](arguments)
			if err != nil {
				return nil, err
			}
			args, err := decode[listArguments](arguments)
			if err != nil {
				return nil, err
			}
			fields, err := fieldsOf[R](args.Detail)
			if err != nil {
				return nil, err
			}
			l := newListing[R](args.PageKey, fields)
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

// listTail holds the members of a result that follow its rows.
type listTail struct {
	NextPageKey string `json:"next_page_key,omitempty" jsonschema_description:"Pass as page_key, with the other arguments unchanged, for the rows that follow; absent at the end."`
	Searched    *int   `json:"searched,omitempty" jsonschema_description:"Rows looked at for those that fit; there are more behind next_page_key."`
	LeftOut     *int   `json:"left_out,omitempty" jsonschema_description:"Rows asked for that did not fit; next_page_key gives them."`
}

func listOutput[R gumroad.Row]() *jsonschema.Schema {
	var row R
	_, many := row.Envelope()
	rows := &jsonschema.Schema{Type: "array", Items: asRecord(schemas.ConciseOf[R]())}
	return schemas.Object(schemas.Property(many, rows), schemas.ResultOf[listTail]())
}

// asRecord adds to the schema of a record what the renderer adds to the record.
func asRecord(schema *jsonschema.Schema) *jsonschema.Schema {
	return schemas.Object(schema, schemas.ResultOf[cleanedNote]())
}

// listing collects the rows of a result. Each row comes with the page key that continues the list after it, because
// only rendering shows how many rows fit.
//
// Gumroad's own page keys lie between its pages of ten rows. To continue in the middle of a page, our key joins that
// page's key and the id of the last row shown ("KEY~ID"). The next call reads the page again and skips the rows up to
// that id. An id, unlike a position, stays right when new rows arrive at the top of the list.
type listing struct {
	name     string // the result's member, such as "sales"
	fields   selection
	limit    int      // how many rows to return
	rows     []any    // gumroad.Row
	resume   []string // resume[i] is the page key that continues after rows[i]; "" at the end of the list
	from     string   // Gumroad's key of the page being added; "" for the first
	keyed    bool     // the call began at a page with a key of Gumroad's
	rest     string   // Gumroad's key of the page where the search for rows stopped; "" if it did not
	searched int      // rows that were looked at
	after    string   // the id of the last row shown by the call before; rows up to it are skipped
}

const keySeparator = "~"

func newListing[R gumroad.Row](pageKey string, fields selection) *listing {
	var row R
	_, many := row.Envelope()
	from, after, _ := strings.Cut(pageKey, keySeparator)
	return &listing{name: many, fields: fields, limit: defaultLimit, from: from, keyed: from != "", after: after}
}

// add appends the rows of the page at l.from that it is to keep, and moves l.from on to the next page.
func add[R gumroad.Row](l *listing, page gumroad.Page[R], keeps func(R) bool) {
	for i, row := range page.Rows {
		id := row.RowID()
		if l.after != "" {
			if gumroad.SameID(id, l.after) {
				l.after = ""
			}
			continue
		}
		if !keeps(row) {
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

// lost reports that the row to continue after is gone, so that reading on is of no use. New rows never enter a page
// that has a key of Gumroad's. Only the first page, which has none, moves on as rows arrive: its rows are then found in
// the pages that follow.
func (l *listing) lost() bool { return l.after != "" && l.keyed }

// finish cuts the rows at the limit. It fails if the row to continue after was not found.
func (l *listing) finish() (*listing, error) {
	if l.after != "" {
		return nil, gumroad.Invalid("The row that this page_key continues after is no longer in the list.",
			"List again without page_key.")
	}
	if len(l.rows) > l.limit {
		l.rows, l.resume = l.rows[:l.limit], l.resume[:l.limit]
	}
	return l, nil
}
