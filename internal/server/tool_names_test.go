package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestToolThatIsNot: a call of a tool that is not there is answered alike on every transport.
func TestToolThatIsNot(t *testing.T) {
	long := strings.Repeat("n", 100_000)
	for _, test := range []struct {
		name, called string
		change       func(*testserver.Settings)
		says         string
	}{
		{"a misspelt one", "gumroad_list_sale", nil, `did you mean "gumroad_list_sales"?`},
		{"one without the prefix", "list_sales", nil, `did you mean "gumroad_list_sales"?`},
		{"one like no other", "frobnicate", nil, "tools/list"},
		{"one with a long name", long, nil, "nnn…"},
		{"one that writes, read-only", "gumroad_refund_sale",
			func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true }, "--read-only"},
		{"an excluded one", "gumroad_refund_sale",
			func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{"refund_sale"} }, "--exclude-tools"},
		{"one of another toolset", "gumroad_refund_sale",
			func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"products"} }, "--toolsets, which does not name sales"},
		{"one beside the tools", "gumroad_refund_sale",
			func(s *testserver.Settings) { s.Tools.Policy.Tools = []string{"get_sale"} }, "--tools, which does not name it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			change := func(s *testserver.Settings) {
				if test.change != nil {
					test.change(s)
				}
			}
			check := func(t *testing.T, code any, message string) {
				t.Helper()
				if diff := cmp.Diff(any(float64(-32602)), code); diff != "" {
					t.Errorf("code (-want +got):\n%s", diff)
				}
				if !strings.Contains(message, test.says) || len(message) > 500 {
					t.Errorf("want %q, got %.1000s", test.says, message)
				}
			}
			s := testserver.StartHTTP(t, change)
			for _, era := range testserver.Eras {
				t.Run("over HTTP in "+era, func(t *testing.T) {
					if len(test.called) > 1000 && era != testserver.Eras[0] {
						t.Skip("such a header is refused before")
					}
					failed := s.In(t).RPC(era, "tools/call", map[string]any{"name": test.called}, nil)
					if failed == nil {
						t.Fatal("it was called")
					}
					check(t, float64(failed.Code), failed.Message)
				})
			}
			t.Run("on stdio", func(t *testing.T) {
				s := testserver.StartStdio(t, change)
				defer s.Stop()
				s.Greet("{}")
				s.Send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + test.called + "\"}}\n")
				failed := s.Next().Error
				message, _ := failed["message"].(string)
				check(t, failed["code"], message)
			})
		})
	}
}
