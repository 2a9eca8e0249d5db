package server_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

var varying = regexp.MustCompile(`^time=\S+ level=INFO |( request_id| caller)=\S+`)

// audited returns the audit lines of a server's log, without what differs from run to run.
func audited(s *testserver.HTTP) (lines []string) {
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, " msg=audit ") {
			lines = append(lines, strings.TrimSpace(varying.ReplaceAllString(line, "$1")))
		}
	}
	return lines
}

func TestAudit(t *testing.T) {
	token, line := server.NewToken()
	first, _ := testserver.Connections()
	const by = " request_id caller caller_name=anna"
	for _, test := range []struct {
		name, tool string
		arguments  map[string]any
		want       []string
	}{
		{"a read leaves no line", "get_user", nil, nil},
		{"a change leaves one", "disable_product", map[string]any{"product_id": "digital product"}, []string{
			"msg=audit tool=disable_product effect=changes store=" + first + " outcome=ok" + by}},
		{"a change that failed leaves one", "disable_product", map[string]any{"product_id": "nothing"}, []string{
			"msg=audit tool=disable_product effect=changes store=" + first + " outcome=not_found" + by}},
		{"arguments that cannot be read leave one", "disable_product", nil, []string{
			`msg=audit tool=disable_product effect=changes store="" outcome=invalid_arguments` + by}},
		{"a question leaves one", "refund_sale", map[string]any{"sale_id": "USD sale not refunded"}, []string{
			"msg=audit tool=refund_sale effect=destroys store=" + first +
				" outcome=confirmation_required consent=asked" + by}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := testserver.StartHTTP(t, tokens(t, line+" name=anna connection="+first))
			for name, value := range test.arguments {
				if value != "nothing" {
					test.arguments[name] = s.Highlight(value.(string)).ID
				}
			}
			s.Post(testserver.CallBody(test.tool, test.arguments), bearer(token)...).WantStatus(t, http.StatusOK)
			if diff := cmp.Diff(test.want, audited(s)); diff != "" {
				t.Errorf("audit (-want +got):\n%s", diff)
			}
		})
	}
	for action, consent := range map[mcp.ElicitationResponseAction]string{
		mcp.ElicitationResponseActionAccept: "outcome=ok consent=given", "decline": "outcome=not_allowed consent=declined",
	} {
		t.Run("the person's answer is told: "+string(action), func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) {
				s.Modern, s.Elicit = true, answering(action)
			})
			s.Call("refund_sale", map[string]any{"sale_id": s.Highlight("USD sale not refunded").ID})
			var got []string
			for _, line := range audited(&s.HTTP) {
				got = append(got, line[strings.Index(line, "outcome="):])
			}
			want := []string{"outcome=input_required consent=asked request_id caller", consent + " request_id caller"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("audit (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a refusal's line has the caller's name", func(t *testing.T) {
		s := testserver.StartHTTP(t, tokens(t, line+" name=anna scopes=gumroad:read"))
		s.Post(testserver.CallBody("refund_sale", nil), bearer(token)...).WantStatus(t, http.StatusForbidden)
		if log := s.Log.String(); !regexp.MustCompile(`msg="request refused".* caller_name=anna`).MatchString(log) {
			t.Errorf("want the name, got %s", log)
		}
	})
}

// answering is a person who always answers in the same way.
type answering mcp.ElicitationResponseAction

func (a answering) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	answer := &mcp.ElicitationResult{}
	answer.Action, answer.Content = mcp.ElicitationResponseAction(a), map[string]any{"confirm": true}
	return answer, nil
}
