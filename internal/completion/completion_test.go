package completion_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
)

func TestMatchBestFirst(t *testing.T) {
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
	want := []string{"whole", "beginning", "another beginning", "word", "part"}
	if got := completion.Match(" cAt ", candidates); !cmp.Equal(got.Values, want) || got.Total != 5 || got.HasMore {
		t.Errorf("%+v, want %q", got, want)
	}
}

func TestMatchIsBounded(t *testing.T) {
	var values []string
	for i := range 250 {
		values = append(values, fmt.Sprintf("product %03d", i))
	}
	got := completion.Match("PRODUCT", completion.Values(values...))
	if !cmp.Equal(got.Values, values[:100]) || got.Total != 250 || !got.HasMore {
		t.Errorf("%d values, total %d, more %v", len(got.Values), got.Total, got.HasMore)
	}
	if got := completion.Match("x", nil); got.Values == nil || got.Total != 0 || got.HasMore {
		t.Errorf("%+v", got)
	}
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
