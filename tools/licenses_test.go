package tools_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestLicences(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (s *testserver.Server, key map[string]any, uses float64) {
		s = testserver.Start(t, testserver.FirstStore)
		working := s.Highlight("working licence key")
		key = map[string]any{"product_id": working.ProductID, "license_key": working.LicenseKey}
		return s, key, s.Must("check_license", key).JSON["uses"].(float64)
	}
	t.Run("checking counts no use", func(t *testing.T) {
		s, key, uses := start(t)
		for range 5 {
			testserver.Want(t, s.Must("check_license", key), map[string]any{"uses": uses})
		}
	})
	t.Run("verifying counts a use", func(t *testing.T) {
		s, key, uses := start(t)
		testserver.Want(t, s.Must("verify_license", key), map[string]any{"uses": uses + 1})
	})
	t.Run("freeing a seat takes the use back", func(t *testing.T) {
		s, key, uses := start(t)
		s.Must("verify_license", key)
		testserver.Want(t, s.Must("decrement_license_uses", key), map[string]any{"uses": uses})
	})
	t.Run("a disabled key cannot be verified", func(t *testing.T) {
		s, key, _ := start(t)
		s.Must("disable_license", key)
		s.Fails(gumroad.Rejected, "verify_license", key)
	})
	t.Run("an enabled key can be verified again", func(t *testing.T) {
		s, key, uses := start(t)
		s.Must("disable_license", key)
		s.Must("enable_license", key)
		testserver.Want(t, s.Must("verify_license", key), map[string]any{"uses": uses + 1})
	})
	t.Run("the key of one product is none of another's", func(t *testing.T) {
		s, key, _ := start(t)
		key["product_id"] = s.Highlight("other store's product").ID
		s.Fails(gumroad.NotFound, "disable_license", key)
	})
}
