package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestOneStore(t *testing.T) {
	names := func(s *service) (names []string) {
		for _, c := range s.send(row{do: "GET /connections?status=ACTIVE"}).json(t).(map[string]any)["connections"].([]any) {
			user := s.send(row{do: "GET /gumroad/v2/user", header: "Maton-Connection: " + text(t, c, "connection_id")})
			names = append(names, text(t, user.json(t), "user.name"))
		}
		return names
	}
	s := serve(t, sandbox.Options{Stores: 1})
	want := []string{"Pixel & Page"}
	if diff := cmp.Diff(want, names(s)); diff != "" {
		t.Fatalf("at the start (-want +got):\n%s", diff)
	}
	for _, more := range []string{"Fjord Type Foundry", "Pixel & Page"} { // a third connection begins with the first again
		_, page := s.connect()
		s.press(page, "authorize")
		want = append(want, more)
		if diff := cmp.Diff(want, names(s)); diff != "" {
			t.Fatalf("after a connection more (-want +got):\n%s", diff)
		}
	}
	box := sandbox.New(sandbox.Options{Stores: 1})
	defer box.Close()
	for name, want := range map[string]bool{
		"first connection": true, "second connection": false, "other store's sale": false,
	} {
		if _, got := box.Highlight(name); got != want {
			t.Errorf("highlight %q: want %t, got %t", name, want, got)
		}
	}
}
