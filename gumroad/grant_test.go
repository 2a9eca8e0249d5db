package gumroad_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestReadGrantEnds: a read without an answer holds nobody up for longer than a moment, and leaves its scope open.
func TestReadGrantEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := open(t)
		silent := roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/gumroad/v2/payouts" {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return box.RoundTrip(r)
		})
		s := open(t, func(c *gumroad.Config) { c.Transport, c.Connection = silent, box.Connection() })
		started := time.Now()
		grant, settled := s.ReadGrant(t.Context())
		if took := time.Since(started); took != 5*time.Second || settled {
			t.Errorf("it took %s, settled %t", took, settled)
		}
		want := gumroad.Grant{Granted: []string{"view_sales", "edit_emails", "view_profile", "view_tax_data"}}
		if diff := cmp.Diff(want, grant); diff != "" {
			t.Errorf("grant (-want +got):\n%s", diff)
		}
	})
}

// TestReadGrantOfAnOlderGumroad: what its server does not have is in neither list, for good.
func TestReadGrantOfAnOlderGumroad(t *testing.T) {
	older := sandbox.New(sandbox.Options{Compat2025: true, Sales: 1})
	s := open(t, func(c *gumroad.Config) { c.Transport, c.Connection = older, older.Highlights()[0].ID })
	grant, settled := s.ReadGrant(t.Context())
	if diff := cmp.Diff(gumroad.Grant{Granted: []string{"view_sales"}}, grant); diff != "" || !settled {
		t.Errorf("settled %t, grant (-want +got):\n%s", settled, diff)
	}
}
