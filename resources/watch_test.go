package resources_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestWatched: over HTTP, a client is told of what happens in the store, and of nothing that it may not watch.
func TestWatched(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, func(s *testserver.Settings) { s.Events.Poll = 20 * time.Millisecond })
	sold, err := s.Sandbox.Buy(sandbox.Purchase{Product: "lyntx"})
	if err != nil {
		t.Fatal(err)
	}
	s.Must("list_events", nil) // has seen the sale
	ask := func(uris ...string) <-chan map[string]any {
		body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": map[string]any{
			"notifications": map[string]any{"resourceSubscriptions": uris}, "_meta": map[string]any{
				"io.modelcontextprotocol/protocolVersion": testserver.Eras[1], "io.modelcontextprotocol/clientCapabilities": map[string]any{}}}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": testserver.Eras[1], "Mcp-Method": "subscriptions/listen"} {
			r.Header.Set(name, value)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		messages := make(chan map[string]any)
		go func() {
			defer close(messages)
			for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					var message map[string]any
					if json.Unmarshal([]byte(data), &message) == nil {
						messages <- message
					}
				}
			}
		}()
		return messages
	}
	acknowledged := func(message map[string]any) any {
		params, _ := message["params"].(map[string]any)
		notifications, _ := params["notifications"].(map[string]any)
		return notifications["resourceSubscriptions"]
	}
	updated := func(message map[string]any) string {
		params, _ := message["params"].(map[string]any)
		return fmt.Sprint(message["method"], " ", params["uri"])
	}
	t.Run("the events, a sale and a subscriber can be watched, and nothing else", func(t *testing.T) {
		member := "gumroad://subscribers/" + s.Highlight("subscriber alive").ID
		messages := ask("gumroad://events", "gumroad://sales/"+sold, member, "gumroad://products", "gumroad://sales/", "gumroad://user", "https://example.com")
		if diff := cmp.Diff(any([]any{"gumroad://events", "gumroad://sales/" + sold, member}), acknowledged(<-messages)); diff != "" {
			t.Errorf("acknowledged (-want +got):\n%s", diff)
		}
	})
	t.Run("a sale changes the events, and its refund the sale", func(t *testing.T) {
		all, one := ask("gumroad://events"), ask("gumroad://sales/"+sold)
		<-all
		<-one
		s.In(t).Must("refund_sale", map[string]any{"sale_id": sold})
		if diff := cmp.Diff("notifications/resources/updated gumroad://sales/"+sold, updated(<-one)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff("notifications/resources/updated gumroad://events", updated(<-all)); diff != "" {
			t.Error(diff)
		}
	})
}
