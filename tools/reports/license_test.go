package reports_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestCheckLicense(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	for _, c := range []struct{ licence, verdict, meaning string }{
		{"working licence key", "valid", "The key is good."},
		{"licence of an imported customer", "valid", "The key is good."},
		{"disabled licence key", "disabled", "enable_license"},
		{"licence with access revoked", "access_revoked", "taken away"},
		{"licence of a refunded sale", "refunded", "was refunded"},
	} {
		t.Run("a "+c.licence+" is "+c.verdict, func(t *testing.T) {
			licence := all.Highlight(c.licence)
			check := all.In(t).Must("check_license",
				map[string]any{"product_id": licence.ProductID, "license_key": licence.LicenseKey})
			testserver.Want(t, check, map[string]any{"verdict": c.verdict, "valid": c.verdict == "valid"})
			testserver.Says(t, check, c.meaning)
		})
	}
	t.Run("a key of no product is unknown", func(t *testing.T) {
		key := map[string]any{"product_id": all.Highlight("working licence key").ProductID, "license_key": "NOPE"}
		testserver.Want(t, all.In(t).Must("check_license", key), map[string]any{"verdict": "unknown_key", "valid": false})
	})
}
