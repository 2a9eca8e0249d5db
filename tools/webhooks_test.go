package tools_test

import (
	"slices"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	refunds := map[string]any{"resource_name": "refund"}
	start := func(t *testing.T) (s *testserver.Server, id string) {
		s = unasked(t)
		made := s.Must("create_webhook", map[string]any{"resource_name": "refund", "post_url": "https://hooks.example.org/r"})
		return s, made.JSON["id"].(string)
	}
	t.Run("a new one is listed", func(t *testing.T) {
		s, id := start(t)
		if got := s.Must("list_webhooks", refunds).IDs("resource_subscriptions"); !slices.Contains(got, id) {
			t.Errorf("want %q among %q", id, got)
		}
	})
	t.Run("a deleted one is gone", func(t *testing.T) {
		s, id := start(t)
		s.Must("delete_webhook", map[string]any{"resource_subscription_id": id})
		if got := s.Must("list_webhooks", refunds).IDs("resource_subscriptions"); slices.Contains(got, id) {
			t.Errorf("want no %q among %q", id, got)
		}
	})
	t.Run("another application's cannot be deleted", func(t *testing.T) {
		s := unasked(t)
		other := map[string]any{"resource_subscription_id": s.Highlight("webhook of another application").ID}
		testserver.Says(t, s.Fails(gumroad.NotFound, "delete_webhook", other), "gumroad_list_webhooks")
	})
}
