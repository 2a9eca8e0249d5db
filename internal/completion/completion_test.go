package completion_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
)

func TestMatch(t *testing.T) {
	t.Run("the best come first, and each once", func(t *testing.T) {
		candidates := []completion.Candidate{
			{Value: "part", By: []string{"Concatenated"}},
			{Value: "word", By: []string{"A Cat", ""}},
			{Value: "beginning", By: []string{"no", "Catalogue"}},
			{Value: "whole", By: []string{"CAT"}},
			{Value: "another beginning", By: []string{"category"}},
			{Value: "none", By: []string{"dog", ""}},
			{Value: "whole", By: []string{"cat"}},
			{Value: "", By: []string{"cat"}},
		}
		want := &mcp.Completion{Values: []string{"whole", "beginning", "another beginning", "word", "part"}, Total: 5}
		if diff := cmp.Diff(want, completion.Match(" cAt ", candidates)); diff != "" {
			t.Errorf("completion (-want +got):\n%s", diff)
		}
	})
	t.Run("no more than 100 are shown, and all are counted", func(t *testing.T) {
		var values []string
		for i := range 250 {
			values = append(values, fmt.Sprintf("product %03d", i))
		}
		want := &mcp.Completion{Values: values[:100], Total: 250, HasMore: true}
		if diff := cmp.Diff(want, completion.Match("PRODUCT", completion.Values(values...))); diff != "" {
			t.Errorf("completion (-want +got):\n%s", diff)
		}
	})
	t.Run("nothing is an empty list", func(t *testing.T) { // which is not null in JSON
		if diff := cmp.Diff(&mcp.Completion{Values: []string{}}, completion.Match("x", nil)); diff != "" {
			t.Errorf("completion (-want +got):\n%s", diff)
		}
	})
}

// TestMatchHolds checks that what is offered fits, that what fits is offered, and that it is offered once.
func TestMatchHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringMatching(`[abAB ]{1,6}`), 0, 50).Draw(t, "values")
		typed := rapid.StringMatching(`[abAB]{0,3}`).Draw(t, "typed")
		got := completion.Match(typed, completion.Values(values...)).Values
		for _, value := range values {
			if fits := strings.Contains(strings.ToLower(value), strings.ToLower(typed)); fits != slices.Contains(got, value) {
				t.Fatalf("%q for %q: %v in %q", value, typed, fits, got)
			}
		}
		if slices.Sort(got); len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("something twice: %q", got)
		}
	})
}
