// Package completion suggests values for an argument that a person is typing, from the records of their store.
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

// source says where the values of a field come from: the rows of a tool that lists them.
type source struct {
	tool      string
	arguments map[string]any
	pages     int // how many pages are read at most
}

var (
	products    = &source{tool: "list_products", arguments: map[string]any{"limit": 100}, pages: 20}
	sales       = &source{tool: "list_sales", arguments: map[string]any{"limit": 10}, pages: 1} // one request upstream
	emails      = &source{tool: "list_emails", arguments: map[string]any{"limit": 50}, pages: 1}
	pages       = &source{tool: "list_pages", arguments: map[string]any{}, pages: 1}
	utmLinks    = &source{tool: "list_utm_links", pages: 1}
	payouts     = &source{tool: "list_payouts", arguments: map[string]any{"limit": 50}, pages: 1}
	connections = &source{
		tool: "list_connections", arguments: map[string]any{"status": "ACTIVE"}, pages: 1}
)

// fields are the arguments that can be completed. value is the member of a row that is suggested; by are the members
// that what is typed is compared with, since people know a product's name and not its id.
var fields = map[string]struct {
	source *source
	value  string
	by     []string
}{
	"product_id":    {products, "id", []string{"name", "short_url", "id"}},
	"product":       {products, "name", []string{"name", "short_url", "id"}},
	"sale_id":       {sales, "id", []string{"email", "order_id", "full_name", "product_name", "id"}},
	"email_id":      {emails, "id", []string{"subject", "state", "id"}},
	"slug":          {pages, "slug", []string{"title", "slug"}},
	"utm_link_id":   {utmLinks, "id", []string{"title", "utm_campaign", "short_url", "id"}},
	"payout_id":     {payouts, "id", []string{"created_at", "status", "id"}},
	"connection_id": {connections, "connection_id", []string{"store", "connection_id"}},
}

const (
	lifetime  = 30 * time.Second
	maxKept   = 1_000
	maxValues = 100 // the protocol allows no more
)

// Completer completes arguments. It remembers the rows that it reads for a short time, by caller and store, since
// clients ask at every key that is pressed. Requests for the same rows share one read.
type Completer struct {
	catalog *tool.Catalog
	flight  singleflight.Group
	kept    *kept.Map[[]object.Object]
}

// New returns a Completer that reads through catalog.
func New(catalog *tool.Catalog) *Completer {
	return &Completer{catalog: catalog, kept: kept.New[[]object.Object](maxKept, lifetime, catalog.Now)}
}

// Candidate is a value that can be suggested, and the texts that what is typed is compared with.
type Candidate struct {
	Value string
	By    []string
}

// Field completes what is typed for a name in fields. It suggests nothing for other names. It also suggests nothing if
// the store cannot be read, since an error is of no use to a person who is typing.
func (c *Completer) Field(ctx context.Context, name, connectionID, typed string) *mcp.Completion {
	field, ok := fields[name]
	if !ok {
		return Match(typed, nil)
	}
	var candidates []Candidate
	for _, row := range c.rows(ctx, field.source, connectionID) {
		candidate := Candidate{Value: row.Text(field.value)}
		for _, by := range field.by {
			text := row.Text(by)
			if by == "short_url" { // people type its last part, the permalink
				text = text[strings.LastIndexByte(text, '/')+1:]
			}
			candidate.By = append(candidate.By, text)
		}
		candidates = append(candidates, candidate)
	}
	return Match(typed, candidates)
}

// rows returns the rows of a source, as the caller in ctx may see them.
func (c *Completer) rows(ctx context.Context, from *source, connectionID string) []object.Object {
	key := strings.Join([]string{from.tool, c.catalog.Principal(ctx), connectionID}, " ")
	if rows, ok := c.kept.Get(key); ok {
		return rows
	}
	// Callers share this read, so it must survive the first caller's cancellation.
	shared := context.WithoutCancel(ctx)
	reading := c.flight.DoChan(key, func() (any, error) {
		if rows, ok := c.kept.Get(key); ok { // another read has just ended
			return rows, nil
		}
		rows, err := c.read(shared, from, connectionID)
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

func (c *Completer) read(ctx context.Context, from *source, connectionID string) ([]object.Object, error) {
	arguments := maps.Clone(from.arguments)
	if connectionID != "" && from != connections {
		arguments["connection_id"] = connectionID
	}
	var all []object.Object
	for range from.pages {
		reading, err := c.catalog.Read(ctx, from.tool, arguments)
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

// Match returns the values of the candidates that fit what is typed, ignoring case. Those whose whole text was typed
// come first, then those whose beginning, the beginning of a word, or any other part was. Candidates that fit equally
// well keep their order.
func Match(typed string, candidates []Candidate) *mcp.Completion {
	typed = strings.ToLower(strings.TrimSpace(typed))
	byFit := make([][]string, fitsNot)
	for _, candidate := range candidates {
		best := fitsNot
		for _, text := range candidate.By {
			best = min(best, fitOf(typed, strings.ToLower(text)))
		}
		if best < fitsNot && candidate.Value != "" {
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

// fit says how well a text fits what is typed, the best first.
type fit int

const (
	fitsWhole fit = iota
	fitsBeginning
	fitsWord
	fitsPart
	fitsNot
)

func fitOf(typed, text string) fit {
	switch at := strings.Index(text, typed); {
	case text == typed && text != "":
		return fitsWhole
	case at < 0:
		return fitsNot
	case at == 0:
		return fitsBeginning
	case strings.Contains(text, " "+typed):
		return fitsWord
	default:
		return fitsPart
	}
}

// Values returns candidates that are found by typing the value itself.
func Values(values ...string) []Candidate {
	candidates := make([]Candidate, len(values))
	for i, value := range values {
		candidates[i] = Candidate{value, []string{value}}
	}
	return candidates
}
