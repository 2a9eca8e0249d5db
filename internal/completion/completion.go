// Package completion offers values for what a person is typing, out of what their store holds.
package completion

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"golang.org/x/sync/singleflight"

	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// list is rows that values come from, as a tool lists them.
type list struct {
	tool      string // its result's rows stand under its name without "list_"
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
	catalog *tools.Catalog
	flight  singleflight.Group

	mu   sync.Mutex
	kept map[string]kept
}

type kept struct {
	rows  []row
	until time.Time
}

type row map[string]any

// New returns a Completer that reads through catalog.
func New(catalog *tools.Catalog) *Completer {
	return &Completer{catalog: catalog, kept: map[string]kept{}}
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
		candidate := Candidate{Value: row.text(field.value)}
		for _, by := range field.by {
			text := row.text(by)
			if by == "short_url" { // only its end, the permalink, is the product's
				text = text[strings.LastIndexByte(text, '/')+1:]
			}
			candidate.By = append(candidate.By, text)
		}
		candidates = append(candidates, candidate)
	}
	return Match(typed, candidates)
}

func (r row) text(member string) string {
	if value, ok := r[member]; ok {
		return fmt.Sprint(value)
	}
	return ""
}

// rows are those of a list, as this caller may see them.
func (c *Completer) rows(ctx context.Context, l *list, connectionID string) []row {
	key := strings.Join([]string{l.tool, c.catalog.Principal(ctx), connectionID}, " ")
	if rows, ok := c.remembered(key); ok {
		return rows
	}
	// The read is everybody's who asks now: that the first of them goes away must not end it.
	shared := context.WithoutCancel(ctx)
	reading := c.flight.DoChan(key, func() (any, error) {
		if rows, ok := c.remembered(key); ok { // since a read that ended just now
			return rows, nil
		}
		rows, err := c.read(shared, l, connectionID)
		if err == nil {
			c.keep(key, rows)
		}
		return rows, err
	})
	select {
	case <-ctx.Done():
		return nil
	case read := <-reading:
		rows, _ := read.Val.([]row)
		return rows
	}
}

func (c *Completer) read(ctx context.Context, l *list, connectionID string) ([]row, error) {
	arguments := map[string]any{}
	for name, value := range l.arguments {
		arguments[name] = value
	}
	if connectionID != "" && l != connections {
		arguments["connection_id"] = connectionID
	}
	var all []row
	for range l.pages {
		result, err := c.catalog.Read(ctx, l.tool, arguments)
		if err != nil {
			return nil, err
		}
		var members map[string]json.RawMessage
		var rows []row
		var next string
		if err := json.Unmarshal(result, &members); err != nil {
			return nil, err
		}
		if err := unmarshal(members[strings.TrimPrefix(l.tool, "list_")], &rows); err != nil {
			return nil, err
		}
		if err := unmarshal(members["next_page_key"], &next); err != nil {
			return nil, err
		}
		if all = append(all, rows...); next == "" {
			break
		}
		arguments["page_key"] = next
	}
	return all, nil
}

// unmarshal leaves into alone when there is nothing, and numbers as they are written.
func unmarshal(raw json.RawMessage, into any) error {
	if raw == nil {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	return decoder.Decode(into)
}

func (c *Completer) remembered(key string) ([]row, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.kept[key]
	return known.rows, ok && c.catalog.Now().Before(known.until)
}

func (c *Completer) keep(key string, rows []row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= maxKept {
		clear(c.kept)
	}
	c.kept[key] = kept{rows, c.catalog.Now().Add(lifetime)}
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
