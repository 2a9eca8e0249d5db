package resources_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestPayoutResources(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	failed := s.Highlight("failed payout").ID
	inBothEras(t, func(t *testing.T, era string) {
		t.Run("the list begins with what is upcoming", func(t *testing.T) {
			text, _ := read(t, s, era, "gumroad://payouts")
			if !strings.HasPrefix(text, `{"payouts":[{"amount_cents":`) || strings.Count(text, `"status"`) != 50 || strings.Count(text, `"upcoming":true`) != 1 {
				t.Errorf("got %.500s", text)
			}
		})
		t.Run("one payout has no buyers", func(t *testing.T) {
			text, _ := read(t, s, era, "gumroad://payouts/"+failed)
			if !strings.Contains(text, `"status":"failed"`) || strings.Contains(text, "sale_ids") || strings.Contains(text, "@") {
				t.Errorf("got %s", text)
			}
		})
		t.Run("the refund policy", func(t *testing.T) {
			text, _ := read(t, s, era, "gumroad://refund_policy")
			if !strings.Contains(text, `"refund_period":"30"`) || !strings.Contains(text, `"in_effect":true`) {
				t.Errorf("got %s", text)
			}
		})
		t.Run("a payout is found by its day and its state", func(t *testing.T) {
			for _, typed := range []string{"2026-10-23", "failed"} {
				got := complete(t, s, era, "gumroad://payouts/{payout_id}", "payout_id", typed, nil)
				if diff := cmp.Diff([]string{failed}, got); diff != "" {
					t.Errorf("values (-want +got):\n%s", diff)
				}
			}
		})
		t.Run("what is not there", func(t *testing.T) { readError(t, s, era, "gumroad://payouts/unknown") })
	})
}
