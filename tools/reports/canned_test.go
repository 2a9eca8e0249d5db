package reports_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// canned answers with the same page of sales, and the same summary, whatever is asked.
type canned struct {
	sales   []map[string]any
	summary map[string]any
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := map[string]any{"success": true, "sales": c.sales}
	if !strings.HasSuffix(r.URL.Path, "/sales") {
		answer = map[string]any{"success": false, "message": "The sale was not found."}
	}
	if c.summary != nil && strings.HasSuffix(r.URL.Path, "/summary") {
		answer = c.summary
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// cannedBodies answers a request with the JSON of the first ending that its path has.
type cannedBodies map[string]string

func (c cannedBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"success":false,"message":"The record was not found."}`
	for ending, answer := range c {
		if strings.HasSuffix(r.URL.Path, ending) {
			body = answer
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// startCanned runs a server whose Gumroad answers so.
func startCanned(t *testing.T, answers http.RoundTripper) *testserver.Server {
	t.Helper()
	return testserver.Start(t, func(s *testserver.Settings) {
		s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		s.Client.Transport, s.Local = answers, true
	})
}

// reportOf is the report of a day with these sales, each ordinary but for what is given.
func reportOf(t *testing.T, sales ...map[string]any) testserver.Result {
	t.Helper()
	for i, sale := range sales {
		defaults := map[string]any{
			"id": strconv.Itoa(i), "created_at": "2026-10-05T12:00:00Z", "daystamp": " 5 Oct 2026  5:00 AM",
			"price": 1200, "gumroad_fee": 170, "currency": "usd", "formatted_total_price": "$12",
			"amount_refundable_in_currency": "12", "quantity": 1,
		}
		for name, value := range defaults {
			if _, given := sale[name]; !given {
				sale[name] = value
			}
		}
	}
	return startCanned(t, canned{sales: sales}).Must("sales_report",
		map[string]any{"period": "2026-10-05", "detail": "full"})
}
