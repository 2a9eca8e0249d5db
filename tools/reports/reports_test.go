package reports_test

import (
	"net/http"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools/reports"
)

// checkBounded fails the test if a result is longer than a client takes.
func checkBounded(t *testing.T, answer testserver.Result) {
	t.Helper()
	if len(answer.Text) > reports.MaxBytes {
		t.Errorf("want at most %d bytes, got %d", reports.MaxBytes, len(answer.Text))
	}
}

// TestMaxBytes: what fits into a report fits into the result that holds it.
func TestMaxBytes(t *testing.T) {
	t.Parallel()
	if reports.MaxBytes != tool.MaxResult {
		t.Errorf("a report has %d bytes and a result %d", reports.MaxBytes, tool.MaxResult)
	}
}

func TestReportsOnlyRead(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, smallStore)
	key := all.Highlight("working licence key").LicenseKey
	for name, arguments := range map[string]map[string]any{
		"sales_report":      {"detail": "full"},
		"find_customer":     {"license_key": key},
		"subscriber_report": nil,
		"list_discounts":    nil,
		"export_sales":      {"from": "2026-11-01"},
	} {
		t.Run(name, func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			s.Must(name, arguments)
			sent := s.Sandbox.Journal()
			if len(sent) == 0 {
				t.Error("want it to read something")
			}
			for _, entry := range sent {
				if entry.Method != http.MethodGet || entry.Committed {
					t.Errorf("want only reads, got %s %s", entry.Method, entry.Path)
				}
			}
		})
	}
}

// TestFortiethRequestFails: a report of a part of the sales would be a low number, so there is none, and no file.
func TestFortiethRequestFails(t *testing.T) {
	t.Parallel()
	for how, fault := range map[string]sandbox.Fault{
		"is refused":       {Path: "/sales", Kind: sandbox.FaultStatus, Status: http.StatusForbidden, After: 39},
		"repeats its page": {Path: "/sales", Kind: sandbox.FaultRepeatPage, After: 39},
	} {
		for name, arguments := range map[string]map[string]any{
			"sales_report": {"from": "2026-04-01", "to": "2026-10-31", "detail": "full"},
			"export_sales": {"from": "2026-04-01", "to": "2026-10-31"},
		} {
			t.Run("the fortieth request of "+name+" "+how, func(t *testing.T) {
				t.Parallel()
				s := testserver.Start(t, testserver.FirstStore)
				s.Sandbox.ResetJournal()
				s.Sandbox.Inject(fault)
				answer := s.Call(name, arguments)
				if !answer.IsError {
					t.Error("want an error")
				}
				testserver.Says(t, answer, "part of the sales")
				if sent := len(s.Requests()); sent < 40 || sent > 60 {
					t.Errorf("want 40 to 60 requests, got %d", sent)
				}
			})
		}
	}
}

// TestMissingScope: without view_sales every report of money says what is missing.
func TestMissingScope(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, func(s *testserver.Settings) {
		s.Client.MatonKey = gumroad.Credential{}
		s.Client.GumroadToken = gumroad.NewCredential(sandbox.GumroadToken + ":edit_products")
	})
	for name, arguments := range map[string]map[string]any{
		"sales_report": nil, "export_sales": nil, "subscriber_report": nil, "find_customer": {"email": "a@example.com"},
	} {
		t.Run(name+" needs view_sales", func(t *testing.T) {
			testserver.Says(t, all.In(t).Fails(gumroad.MissingScope, name, arguments), "view_sales")
		})
	}
	t.Run("list_discounts does not", func(t *testing.T) { all.In(t).Must("list_discounts", nil) })
}
