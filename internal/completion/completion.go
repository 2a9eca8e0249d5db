// Package completion offers values for what a person is typing, out of what their store holds.
package completion

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"golang.org/x/sync/singleflight"

	"github.com/gumroad-mcp/gumroad-mcp/internal/kept"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// list is rows that values come from, as a tool lists them.
type list struct {
	tool      string
	arguments map[string]any
	pages     int // at most
}

var (
	products    = &list{tool: "list_products", arguments: map[string]any{"limit": 100}, pages: 20}
	sales       = &list{tool: "list_sales", arguments: map[string]any{"limit": 10}, pages: 1} // one request upstream
	connections = &list{tool: "list_connections", arguments: map[string]any{"status": "ACTIVE", "with_store": true}, pages: 1}
)

// fields is what can be completed from a store: the member of a row that is the value, and those by which a person
// finds it, the best known first.
var fields = map[string]struct {
	list  *list
	value string
	by    []string
}{
	"product_id":    {products, "id", []string{"name", "short_url", "id"}},
	"product":       {products, "name", []string{"name", "short_url", "id"}},
	"sale_id":       {sales, "id", []string{"email", "order_id", "full_name", "product_name", "id"}},
	"connection_id": {connections, "connection_id", []string{"store", "connection_id"}},
}

const (
	lifetime  = 30 * time.Second
	maxKept   = 1_000
	maxValues = 100 // the protocol's
)

// Completer remembers for a short time what it read, by caller and store, and reads once for all who ask meanwhile.
type Completer struct {
	catalog *tool.Catalog
	flight  singleflight.Group
	kept    *kept.Map[[]object.Object]
}

// New returns a Completer that reads through catalog.
func New(catalog *tool.Catalog) *Completer {
	return &Completer{catalog: catalog, kept: kept.New[[]object.Object](maxKept, lifetime, catalog.Now)}
}

// Candidate is a value and the texts a person may find it by.
type Candidate struct {
	Value string
	By    []string
}

// Field completes what is typed for product_id, product (its name), sale_id or connection_id; nothing for other names,
// and nothing when the store cannot be read: a person who types needs no error.
func (c *Completer) Field(ctx context.Context, name, connectionID, typed string) *mcp.Completion {
	field, ok := fields[name]
	if !ok {
		return Match(typed, nil)
	}
	var candidates []Candidate
	for _, row := range c.rows(ctx, field.list, connectionID) {
		candidate := Candidate{Value: row.Text(field.value)}
		for _, by := range field.by {
			text := row.Text(by)
			if by == "short_url" { // only its end, the permalink, is the product's
				text = text[strings.LastIndexByte(text, '/')+1:]
			}
			candidate.By = append(candidate.By, text)
		}
		candidates = append(candidates, candidate)
	}
	return Match(typed, candidates)
}

// rows are those of a list, as this caller may see them.
func (c *Completer) rows(ctx context.Context, l *list, connectionID string) []object.Object {
	key := strings.Join([]string{l.tool, c.catalog.Principal(ctx), connectionID}, " ")
	if rows, ok := c.kept.Get(key); ok {
		return rows
	}
	// Callers share this read, so it must survive the first caller's cancellation.
	shared := context.WithoutCancel(ctx)
	reading := c.flight.DoChan(key, func() (any, error) {
		if rows, ok := c.kept.Get(key); ok { // since a read that ended just now
			return rows, nil
		}
		rows, err := c.read(shared, l, connectionID)
		if err == nil {
			c.kept.Put(key, rows)
		}
		return rows, err
	})
	select {
	case <-ctx.Done():
		return nil
	case read := <-reading:
		rows, _ := read.Val.([]object.Object)
		return rows
	}
}

func (c *Completer) read(ctx context.Context, l *list, connectionID string) ([]object.Object, error) {
	arguments := maps.Clone(l.arguments)
	if connectionID != "" && l != connections {
		arguments["connection_id"] = connectionID
	}
	var all []object.Object
	for range l.pages {
		reading, err := c.catalog.Read(ctx, l.tool, arguments)
		if err != nil {
			return nil, err
		}
		if all = append(all, reading.Rows...); reading.NextPageKey == "" {
			break
		}
		arguments["page_key"] = reading.NextPageKey
	}
	return all, nil
}

// Match returns the values of the candidates that fit what is typed, in either case: the whole text before its
// beginning, the beginning of one of its words, and any part. Of equals the earlier candidate is first.
func Match(typed string, candidates []Candidate) *mcp.Completion {
	typed = strings.ToLower(strings.TrimSpace(typed))
	byFit := make([][]string, misfit)
	for _, candidate := range candidates {
		best := misfit
		for _, text := range candidate.By {
			best = min(best, fitOf(typed, strings.ToLower(text)))
		}
		if best < misfit && candidate.Value != "" {
			byFit[best] = append(byFit[best], candidate.Value)
		}
	}
	completion := &mcp.Completion{Values: []string{}}
	seen := map[string]bool{}
	for _, value := range slices.Concat(byFit...) {
		if !seen[value] {
			seen[value] = true
			completion.Values = append(completion.Values, value)
		}
	}
	completion.Total = len(completion.Values)
	if completion.HasMore = completion.Total > maxValues; completion.HasMore {
		completion.Values = completion.Values[:maxValues]
	}
	return completion
}

type fit int

const (
	whole fit = iota
	beginning
	word
	part
	misfit
)

func fitOf(typed, text string) fit {
	switch at := strings.Index(text, typed); {
	case text == typed && text != "":
		return whole
	case at < 0:
		return misfit
	case at == 0:
		return beginning
	case strings.Contains(text, " "+typed):
		return word
	default:
		return part
	}
}

// Values are candidates found by themselves.
func Values(values ...string) []Candidate {
	candidates := make([]Candidate, len(values))
	for i, value := range values {
		candidates[i] = Candidate{value, []string{value}}
	}
	return candidates
}
