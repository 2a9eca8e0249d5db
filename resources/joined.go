package resources

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// joined reads tools side by side and puts the members of their results into one object, in the order of the tools.
// Each of the results is bounded; for the whole to be, the later ones give way: their rows are left out from the end
// and counted in left_out, of which their own resource shows all.
func (r *Resources) joined(ctx context.Context, from []string, arguments map[string]any) (string, error) {
	results := make([]json.RawMessage, len(from))
	group, ctx := errgroup.WithContext(ctx)
	for i, tool := range from {
		group.Go(func() (err error) {
			results[i], err = r.catalog.Read(ctx, tool, arguments)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	whole := string(results[0])
	for i, tool := range from[1:] {
		name := strings.TrimPrefix(tool, "list_")
		var result map[string]json.RawMessage
		if err := json.Unmarshal(results[i+1], &result); err != nil {
			return "", err
		}
		var rows []json.RawMessage
		if err := json.Unmarshal(result[name], &rows); err != nil {
			return "", err
		}
		whole = appendRows(whole, name, rows)
	}
	return whole, nil
}

// appendRows puts a list of rows, as many as fit, at the end of an object.
func appendRows(object, name string, rows []json.RawMessage) string {
	const forTheRest = 100 // brackets, names and the count
	fits, size := 0, len(object)+forTheRest
	for _, row := range rows {
		if size += len(row) + 1; size > tools.MaxResult {
			break
		}
		fits++
	}
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(object, "}"))
	fmt.Fprintf(&b, ",%q:[", name)
	for i, row := range rows[:fits] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(row)
	}
	b.WriteByte(']')
	if left := len(rows) - fits; left > 0 {
		fmt.Fprintf(&b, `,"left_out":%d`, left)
	}
	b.WriteByte('}')
	return b.String()
}
