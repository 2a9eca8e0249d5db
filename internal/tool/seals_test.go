package tool

import (
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

func TestSeals(t *testing.T) {
	subject := []string{"delete_product", `{"product_id":"x"}`}
	start := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	clock := func() (*seals, *time.Time) {
		now := start
		clock := func() time.Time { return now }
		return newSeals(nil, nil, clock, state.NewMemory(clock)), &now
	}
	refused := func(t *testing.T, err error, says string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want an error that says %q, got %v", says, err)
		}
	}
	t.Run("a seal of a dialog is no confirm token, nor the other way round", func(t *testing.T) {
		s, _ := clock()
		for of, as := range map[sealKind]sealKind{dialog: twoStep, twoStep: dialog} {
			seal := s.issue(of, subject)
			refused(t, s.redeem(t.Context(), as, seal, subject), "is not one of this server's")
			disguised := string(as) + strings.TrimPrefix(seal, string(of))
			refused(t, s.redeem(t.Context(), as, disguised, subject), "is for other arguments")
		}
	})
	t.Run("a clock that jumped ahead and back does not void later seals", func(t *testing.T) {
		s, now := clock()
		*now = now.Add(time.Hour)
		_ = s.redeem(t.Context(), twoStep, s.issue(twoStep, subject), subject)
		*now = now.Add(-time.Hour)
		if err := s.redeem(t.Context(), twoStep, s.issue(twoStep, subject), subject); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a seal counts once, also after the clock jumped ahead and back", func(t *testing.T) {
		s, now := clock()
		seal := s.issue(twoStep, subject)
		if err := s.redeem(t.Context(), twoStep, seal, subject); err != nil {
			t.Fatal(err)
		}
		*now = start.Add(time.Hour)
		_ = s.redeem(t.Context(), twoStep, s.issue(twoStep, subject), subject) // clears what has expired
		*now = start
		refused(t, s.redeem(t.Context(), twoStep, seal, subject), "has expired")
	})
}
