package tools_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// buffer is a log that the server may write while the test reads it.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestNothingSecretIsLogged runs every tool at debug level, well and badly, and looks for what must not be there.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]*sandbox.Fault{
		"when all is well":                     nil,
		"when an error repeats the credential": {Path: "/sales/*", Kind: sandbox.FaultEcho},
		"when an answer is cut":                {Path: "/licenses/*", Kind: sandbox.FaultCut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log buffer
			s := testserver.Start(t, testserver.Unasked, testserver.EveryToolset, func(s *testserver.Settings) {
				s.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			licence := s.Highlight("working licence key")
			values := map[string]any{
				"connection_id": s.Highlight("first connection").ID, "product_id": licence.ProductID,
				"license_key": licence.LicenseKey, "email": "canary.buyer@example.com",
				"sale_id": s.Highlight("USD sale not refunded").ID, "subscriber_id": s.Highlight("subscriber alive").ID,
				"offer_code_id": s.Highlight("fixed code").ID, "variant_category_id": "x", "variant_id": "y",
				"resource_subscription_id": "z", "name": "canarybuyerx", "title": "t", "percent_off": 100, "required": true,
				"resource_name": "sale", "post_url": "https://hooks.example.org/canary-secret",
				"tracking_url": "https://post.example/canary-secret",
				"bundle_id":    s.Highlight("bundle").ID, "price_cents": 700, "query": "brushes", "custom_html": "canary-secret", "bio": "canary-secret", "content": "canary-secret",
				"find": "canary-secret", "replace": "canarybuyerx",
				"email_id": s.Highlight("draft e-mail").ID, "subject": "canarybuyerx", "body": "canary-secret",
				"send_at": "2026-12-01T09:00", "upsell_id": s.Highlight("live cross-sell").ID,
				"utm_link_id": s.Highlight("tracking link").ID, "utm": "utm_source=canarybuyerx&utm_medium=email&utm_campaign=canary-secret",
				"workflow_id": s.Highlight("draft workflow").ID, "delay_amount": 1, "delay_unit": "day",
				"payout_id": s.Highlight("completed payout").ID, "include_transactions": true, "include_sales": true,
				"refund_period": "7", "fine_print": "canary-secret", "wait_seconds": 0, "year": 2024, "slug": "13-getting-paid",
				"url": "https://pictures.example.com/canary-secret.png",
			}
			if fault != nil {
				s.Sandbox.Inject(*fault)
			}
			called := callEveryTool(t, s, values)
			link, _ := s.Must("create_connection", nil).JSON["url"].(string)
			if link == "" {
				t.Fatal("want a link to look for")
			}
			for _, secret := range []string{sandbox.MatonKey, "Bearer", licence.LicenseKey, "canary.buyer", "canary-secret",
				"canarybuyerx", "session_token", link, "@example"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log holds %q", secret)
				}
			}
			if got := strings.Count(log.String(), `msg="tool call"`); got != called+1 {
				t.Errorf("want %d calls in the log, got %d", called+1, got)
			}
		})
	}
}

// callEveryTool calls each tool with those of its arguments that have values, and returns how many it called. It leaves
// the store connected, and reports out, which send nothing that other tools do not.
func callEveryTool(t *testing.T, s *testserver.Server, values map[string]any) (called int) {
	t.Helper()
	list, err := s.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	takes := map[string]map[string]any{}
	for _, listed := range list.Tools {
		takes[strings.TrimPrefix(listed.Name, tool.DefaultPrefix)] = listed.InputSchema.Properties
	}
	for _, set := range tools.Toolsets() {
		for _, row := range set.Tools {
			if row.Name == "delete_connection" || set.Name == "reports" {
				continue
			}
			given := map[string]any{}
			for name := range takes[row.Name] {
				if value, ok := values[name]; ok {
					given[name] = value
				}
			}
			s.Call(row.Name, given)
			called++
		}
	}
	return called
}
