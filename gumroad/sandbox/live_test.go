package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestLives: as time passes, all that buyers do happens, and webhooks tell it.
func TestLives(t *testing.T) {
	timer := make(chan time.Time)
	told, ended := make(chan string), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case told <- r.PostFormValue("resource_name"):
		case <-ended:
		}
	}))
	defer receiver.Close()
	steps := make(chan time.Duration)
	box := sandbox.New(sandbox.Options{Lives: true, DeliverWebhooks: true, Sales: 1, After: func(d time.Duration) <-chan time.Time {
		if d >= 5*time.Second && d < 15*time.Second && d != 10*time.Second && d != 5*time.Second {
			select {
			case steps <- d: // the next happening is due
			case <-ended:
			}
			return timer
		}
		now := make(chan time.Time, 1)
		now <- time.Time{}
		return now
	}})
	defer box.Close()
	defer close(ended)
	kinds := []string{"sale", "refund", "dispute", "cancellation"}
	for _, kind := range kinds {
		r := httptest.NewRequest(http.MethodPut, "/v2/resource_subscriptions", strings.NewReader(url.Values{
			"access_token": {sandbox.GumroadToken}, "resource_name": {kind}, "post_url": {receiver.URL}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answered := httptest.NewRecorder()
		if box.ServeHTTP(answered, r); answered.Code != http.StatusOK || !strings.Contains(answered.Body.String(), `"success":true`) {
			t.Fatal(answered.Code, answered.Body)
		}
	}
	seen := map[string]int{}
	for n := 0; len(seen) < len(kinds); n++ {
		if n == 500 {
			t.Fatalf("after %d happenings only %v were told", n, seen)
		}
		<-steps
		timer <- time.Time{}
		seen[<-told]++ // each tells at least one
	}
}
