package tools_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

const buyPage = `<h1>New</h1><button data-gumroad-action="buy">Buy</button>`

// resource is the text of a resource that a result links to.
func resource(t *testing.T, s *testserver.Server, uri any) string {
	t.Helper()
	request := mcp.ReadResourceRequest{}
	request.Params.URI, _ = uri.(string)
	read, err := s.ReadResource(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	return read.Contents[0].(mcp.TextResourceContents).Text
}

func TestLandingPages(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T, change ...func(*testserver.Settings)) *testserver.Server {
		return testserver.Start(t, append(change, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)...)
	}
	asking := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
	page := map[string]any{"product_id": asking.Highlight("product with a landing page").ID}
	draft := map[string]any{"product_id": asking.Highlight("draft product").ID}
	with := func(of map[string]any, more map[string]any) map[string]any {
		arguments := map[string]any{"product_id": of["product_id"]}
		for name, value := range more {
			arguments[name] = value
		}
		return arguments
	}
	t.Run("a page is read", func(t *testing.T) {
		read := asking.In(t).Must("get_landing_page", page)
		testserver.Want(t, read, map[string]any{"exists": true, "next_from": nil})
		testserver.Says(t, read, `Grids from content`, `"url":"https://pixelandpage.gumroad.com/l/gridsmith"`)
		testserver.Want(t, asking.In(t).Must("get_landing_page", draft), map[string]any{"exists": false, "custom_html": nil, "characters": 0})
	})
	t.Run("a long page is read in parts, and nothing of it is lost", func(t *testing.T) {
		s := start(t)
		long := strings.Repeat("<p>über die Wellen</p>", 1_000)
		s.Must("replace_landing_page", with(draft, map[string]any{"custom_html": long}))
		var got strings.Builder
		from, parts := any(0), 0
		for from != nil {
			part := s.Must("get_landing_page", with(draft, map[string]any{"from": from}))
			got.WriteString(part.JSON["custom_html"].(string))
			from = part.JSON["next_from"]
			if parts++; parts > 5 {
				t.Fatal("it does not end")
			}
		}
		if got.String() != long || parts != 3 {
			t.Errorf("%d characters in %d parts", got.Len(), parts)
		}
		testserver.Want(t, s.Must("get_landing_page", with(draft, map[string]any{"from": 99_999})), map[string]any{"custom_html": nil, "characters": 22_000})
	})
	t.Run("a preview says what is stripped, and writes nothing", func(t *testing.T) {
		s := start(t)
		seen := s.Must("preview_landing_page", with(draft, map[string]any{"custom_html": `<p foo="1">a</p><p foo="2">b</p><script src="https://evil.example/x.js"></script>`}))
		testserver.Want(t, seen, map[string]any{"stripped": 3, "characters": 16, "why": []any{
			map[string]any{"what": "script", "reason": "script src host not allowed", "count": 1},
			map[string]any{"what": "p foo", "reason": "attribute not in allowlist", "count": 2}}})
		if !strings.HasPrefix(seen.Text, `{"warning":"The custom landing page does not include a buy element`) {
			t.Errorf("the warning is not first: %.80s", seen.Text)
		}
		testserver.Want(t, s.Must("get_landing_page", draft), map[string]any{"exists": false})
		for _, entry := range s.Sandbox.Journal() {
			if entry.Committed {
				t.Errorf("%s %s changed the store", entry.Method, entry.Path)
			}
		}
	})
	t.Run("a snippet is replaced, and the old page is kept as a file", func(t *testing.T) {
		s := start(t)
		old := s.Must("get_landing_page", page).JSON["custom_html"].(string)
		edited := s.Must("edit_landing_page", with(page, map[string]any{"find": "Grids from content", "replace": "Grids, found"}))
		testserver.Want(t, edited, map[string]any{"warning": nil, "stripped": 0, "old_page_path": nil})
		if got := resource(t, s, edited.JSON["old_page"]); got != old {
			t.Errorf("the file has %q", got)
		}
		if len(edited.Links) != 1 || edited.Links[0] != edited.JSON["old_page"] {
			t.Errorf("it links to %q", edited.Links)
		}
		testserver.SaysNot(t, edited, "<section")
		now := s.Must("get_landing_page", page)
		testserver.Says(t, now, "<h1>Grids, found</h1>")
		testserver.SaysNot(t, now, "Grids from content")
		s.Must("edit_landing_page", with(page, map[string]any{"find": "<h1>Grids, found</h1>", "replace": ""}))
		testserver.SaysNot(t, s.Must("get_landing_page", page), "<h1>")
	})
	t.Run("an edit is refused in Gumroad's words", func(t *testing.T) {
		s := start(t)
		testserver.Says(t, s.Fails(gumroad.Rejected, "edit_landing_page", with(page, map[string]any{"find": "<li>", "replace": "x"})), "find matches 2 places")
		testserver.Says(t, s.Fails(gumroad.Rejected, "edit_landing_page", with(page, map[string]any{"find": "nowhere", "replace": "x"})), "find does not appear")
		testserver.Says(t, s.Fails(gumroad.Rejected, "edit_landing_page", with(draft, map[string]any{"find": "a", "replace": "x"})), "There is no custom HTML page to edit")
	})
	t.Run("a first page of a draft does not ask, and has no old one", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		made := s.Must("replace_landing_page", with(draft, map[string]any{"custom_html": buyPage}))
		testserver.Want(t, made, map[string]any{"old_page": nil, "stripped": 0, "characters": 58})
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "replace_landing_page", with(draft, map[string]any{"custom_html": "<p>x</p>"})),
			"Replace the page of 58 characters", "with this one of 8 characters?", "Gumroad warns:", "gumroad:checkout message.", "custom_html: <·p>x") // a person reads it defused
	})
	t.Run("a page that buyers see asks", func(t *testing.T) {
		s := asking.In(t)
		s.Sandbox.ResetJournal()
		asked := s.Fails(tool.ConfirmationRequired, "replace_landing_page", with(page, map[string]any{"custom_html": "<blink>" + buyPage}))
		testserver.Says(t, asked, `the host "pixelandpage.gumroad.com"`, `of "Gridsmith for Figma"`, "with this one of 58 characters?", "Buyers see it at once.", "takes out of it: 1.")
		testserver.SaysNot(t, asked, "Gumroad warns")
		published := map[string]any{"product_id": s.Highlight("EUR product").ID, "custom_html": buyPage}
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "replace_landing_page", published), "Replace Gumroad's own page at")
		for _, entry := range s.Sandbox.Journal() {
			if entry.Committed {
				t.Errorf("%s %s changed the store", entry.Method, entry.Path)
			}
		}
	})
	t.Run("agreed, the page is replaced and the old one kept", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		replaced := withConsent(t, s, "replace_landing_page", with(page, map[string]any{"custom_html": buyPage}))
		testserver.Says(t, testserver.Result{Text: resource(t, s, replaced.JSON["old_page"])}, "Grids from content")
		testserver.Says(t, s.Must("get_landing_page", page), "<h1>New</h1>")
	})
	t.Run("a page is taken down after asking", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "clear_landing_page", page), `Take the landing page of "Gridsmith for Figma" at`, "Gumroad's own page returns")
		cleared := withConsent(t, s, "clear_landing_page", page)
		testserver.Want(t, cleared, map[string]any{"characters": 0, "stripped": 0})
		testserver.Says(t, testserver.Result{Text: resource(t, s, cleared.JSON["old_page"])}, "Grids from content")
		testserver.Want(t, s.Must("get_landing_page", page), map[string]any{"exists": false})
		testserver.Says(t, s.Fails(gumroad.Rejected, "clear_landing_page", page), "no landing page that could be taken down", "Nothing was changed.")
	})
	t.Run("an empty page is no page", func(t *testing.T) {
		s := start(t)
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "replace_landing_page", with(page, map[string]any{"custom_html": " "})), "clear_landing_page")
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "preview_landing_page", with(page, map[string]any{"html": "x", "custom_html": "x"})), "the argument is custom_html")
	})
	t.Run("a lost answer is not sent again, and the old page is kept", func(t *testing.T) {
		for name, more := range map[string]map[string]any{
			"edit_landing_page": {"find": "Grids from content", "replace": "x"}, "replace_landing_page": {"custom_html": buyPage}, "clear_landing_page": {},
		} {
			s := start(t)
			s.Sandbox.Inject(sandbox.Fault{Method: map[bool]string{true: "POST", false: "PUT"}[name == "edit_landing_page"], Kind: sandbox.FaultLost})
			s.Sandbox.ResetJournal()
			lost := s.Fails(gumroad.OutcomeUnknown, name, with(page, more))
			testserver.Says(t, lost, "The page as it was is kept at gumroad://exports/", "gumroad_get_landing_page")
			if writes := s.Writes(); len(writes) != 1 {
				t.Errorf("%s: writes %q", name, writes)
			}
			uri := lost.Text[strings.Index(lost.Text, "gumroad://exports/"):]
			testserver.Says(t, testserver.Result{Text: resource(t, s, uri[:strings.IndexByte(uri, '.')])}, "Grids from content")
		}
	})
	t.Run("what somebody else put there meanwhile is kept, too", func(t *testing.T) {
		between := &meanwhile{method: http.MethodPut, path: page["product_id"].(string), before: 1}
		s := start(t, func(s *testserver.Settings) {
			s.Between = func(next http.RoundTripper) http.RoundTripper {
				between.next = next
				return between
			}
		})
		between.act = func() {
			ofAnother(t, s.Sandbox, http.MethodPut, "/products/"+page["product_id"].(string), `{"custom_html":"<p>theirs</p>"}`)
		}
		replaced := s.Must("replace_landing_page", with(page, map[string]any{"custom_html": buyPage}))
		if got := resource(t, s, replaced.JSON["old_page"]); got != "<p>theirs</p>" {
			t.Errorf("it kept %q", got)
		}
	})
	t.Run("a store without such pages is refused in Gumroad's words", func(t *testing.T) {
		_, second := testserver.Connections()
		s := testserver.Start(t, testserver.EveryToolset, func(s *testserver.Settings) { s.Client.Connection = second })
		fjord := map[string]any{"product_id": "Fjord Sans"}
		for name, more := range map[string]map[string]any{"get_landing_page": nil, "preview_landing_page": {"custom_html": "x"},
			"edit_landing_page": {"find": "a", "replace": "b"}, "replace_landing_page": {"custom_html": buyPage}, "clear_landing_page": nil} {
			testserver.Says(t, s.Fails(gumroad.Rejected, name, with(fjord, more)), "You do not have access to custom HTML pages", "Nothing was changed.")
		}
	})
	t.Run("a caller on this machine gets the path", func(t *testing.T) {
		s := start(t, func(s *testserver.Settings) { s.Local = true })
		cleared := s.Must("clear_landing_page", page)
		if path, _ := cleared.JSON["old_page_path"].(string); !strings.HasSuffix(path, ".html") {
			t.Errorf("the path is %q", path)
		}
	})
	t.Run("without a file nothing is changed", func(t *testing.T) {
		s := start(t, func(s *testserver.Settings) { s.Tools.Exports = tool.NewExports("/dev/null/none", false) })
		s.Sandbox.ResetJournal()
		s.Fails(gumroad.InternalError, "clear_landing_page", page)
		s.WroteNothing()
	})
}
