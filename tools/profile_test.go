package tools_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// granted is the first store through a token of these scopes.
func granted(t *testing.T, scopes string) *testserver.Server {
	return testserver.Start(t, testserver.Unasked, testserver.EveryToolset, func(s *testserver.Settings) {
		s.Client.MatonKey = gumroad.Credential{}
		s.Client.GumroadToken = gumroad.NewCredential("sandbox:" + scopes)
	})
}

// wroteNoPage fails if the store was changed; a preview is sent by POST and changes nothing.
func wroteNoPage(t *testing.T, s *testserver.Server) {
	t.Helper()
	for _, entry := range s.Sandbox.Journal() {
		if entry.Committed {
			t.Errorf("%s %s changed the store", entry.Method, entry.Path)
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T, change ...func(*testserver.Settings)) *testserver.Server {
		return testserver.Start(t, append(change, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)...)
	}
	all := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
	t.Run("name and bio are changed, and the old ones are told", func(t *testing.T) {
		s := start(t)
		testserver.Want(t, s.Must("update_user", map[string]any{"name": "Page & Pixel"}),
			map[string]any{"name": "Page & Pixel", "old_name": "Pixel & Page", "old_bio": nil})
		testserver.Want(t, s.Must("update_user", map[string]any{"bio": ""}),
			map[string]any{"bio": nil, "old_bio": "Brushes, books and tools for people who make pages.", "old_name": nil})
		testserver.Want(t, s.Must("get_user", nil), map[string]any{"name": "Page & Pixel", "bio": nil})
	})
	t.Run("a long bio comes back whole", func(t *testing.T) {
		s := start(t)
		long := strings.Repeat("pages ", 900)
		s.Must("update_user", map[string]any{"bio": long})
		testserver.Want(t, s.Must("update_user", map[string]any{"bio": "x"}), map[string]any{"old_bio": long})
	})
	for name, c := range map[string]struct {
		arguments map[string]any
		code      gumroad.Code
		says      string
	}{
		"a name with a colon":  {map[string]any{"name": "Pixel: Page"}, gumroad.Rejected, "Name cannot contain colons"},
		"an empty name":        {map[string]any{"name": ""}, gumroad.InvalidArguments, "name"},
		"too long a name":      {map[string]any{"name": strings.Repeat("x", 101)}, gumroad.InvalidArguments, "100"},
		"nothing":              {nil, gumroad.InvalidArguments, "Nothing to change"},
		"what the website has": {map[string]any{"email": "x@example.com"}, gumroad.InvalidArguments, "website"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			s := start(t)
			testserver.Says(t, s.Fails(c.code, "update_user", c.arguments), c.says, "Nothing was changed.")
			wroteNoPage(t, s)
		})
	}
	t.Run("theme and layout", func(t *testing.T) {
		s := all.In(t)
		testserver.Want(t, s.Must("get_theme", nil), map[string]any{"background_color": "#fdf6ec", "highlight_color": "#0f766e", "font": "Domine"})
		layout := s.Must("get_profile_layout", nil)
		testserver.Want(t, layout, map[string]any{"rendering": "custom_html", "tab_bar_visible": true})
		testserver.Says(t, layout, `{"name":"Studio","sections":[{"type":"SellerProfileRichTextSection"},{"header":"Letters","type":"SellerProfileSubscribeSection"}]}`)
	})
	t.Run("the page is read", func(t *testing.T) {
		read := all.In(t).Must("get_profile_html", nil)
		testserver.Want(t, read, map[string]any{"exists": true, "url": "https://pixelandpage.gumroad.com", "next_from": nil})
		testserver.Says(t, read, "<h1>Pixel &amp; Page</h1>")
	})
	t.Run("a page in wide letters is read in parts, and nothing of it is lost", func(t *testing.T) {
		s := start(t)
		long := strings.Repeat("<p>ページ\"<b>を作る</b>人のために</p>\n", 900)
		s.Must("replace_profile_html", map[string]any{"custom_html": long})
		var got strings.Builder
		parts := 0
		for from := any(0); from != nil; parts++ {
			part := s.Must("get_profile_html", map[string]any{"from": from})
			got.WriteString(part.JSON["custom_html"].(string))
			from = part.JSON["next_from"]
		}
		if got.String() != long || parts < 4 {
			t.Errorf("%d of %d bytes in %d parts", got.Len(), len(long), parts)
		}
	})
	t.Run("a preview says what is stripped, and writes nothing", func(t *testing.T) {
		s := start(t)
		testserver.Want(t, s.Must("preview_profile_html", map[string]any{"custom_html": `<p foo="1">a</p>`}), map[string]any{
			"stripped": 1, "characters": 8, "warning": nil, "why": []any{map[string]any{"what": "p foo", "reason": "attribute not in allowlist", "count": 1}}})
		wroteNoPage(t, s)
	})
	t.Run("an edit keeps the old page", func(t *testing.T) {
		s := start(t)
		old := s.Must("get_profile_html", nil).JSON["custom_html"].(string)
		edited := s.Must("edit_profile_html", map[string]any{"find": "<h1>Pixel &amp; Page</h1>", "replace": "<h1>P&amp;P</h1>"})
		testserver.Want(t, edited, map[string]any{"stripped": 0, "url": "https://pixelandpage.gumroad.com"})
		if got := resource(t, s, edited.JSON["old_page"]); got != old {
			t.Errorf("the file has %q", got)
		}
		testserver.Says(t, s.Must("get_profile_html", nil), "<h1>P&amp;P</h1>")
		testserver.Says(t, s.Fails(gumroad.Rejected, "edit_profile_html", map[string]any{"find": "<li>", "replace": "x"}), "find matches 2 places")
	})
	t.Run("replacing asks", func(t *testing.T) {
		s := all.In(t)
		asked := s.Fails(tool.ConfirmationRequired, "replace_profile_html", map[string]any{"custom_html": "<blink><h1>New</h1>"})
		testserver.Says(t, asked, "Replace the page of ", `at the host "pixelandpage.gumroad.com"`, "the whole storefront, with this one of 12 characters? Visitors see it at once.",
			"takes out of it: 1.", "custom_html: <·blink>")
		wroteNoPage(t, s)
	})
	t.Run("agreed, the page is replaced and the old one kept", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		old := s.Must("get_profile_html", nil).JSON["custom_html"].(string)
		replaced := withConsent(t, s, "replace_profile_html", map[string]any{"custom_html": "<h1>New</h1>"})
		if got := resource(t, s, replaced.JSON["old_page"]); got != old {
			t.Errorf("the file has %q", got)
		}
		testserver.Want(t, s.Must("get_profile_html", nil), map[string]any{"custom_html": "<h1>New</h1>"})
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "clear_profile_html", nil), "Take the custom page of the storefront at", "(12 characters)? Gumroad's own page returns.")
		cleared := withConsent(t, s, "clear_profile_html", map[string]any{})
		testserver.Want(t, cleared, map[string]any{"characters": 0})
		testserver.Want(t, s.Must("get_profile_html", nil), map[string]any{"exists": false, "custom_html": nil})
		testserver.Want(t, s.Must("get_profile_layout", nil), map[string]any{"rendering": "tabs_and_sections"})
		testserver.Says(t, s.Fails(gumroad.Rejected, "clear_profile_html", nil), "no custom page that could be taken down", "Nothing was changed.")
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "replace_profile_html", map[string]any{"custom_html": "<p>x</p>"}), "Replace Gumroad's own page at")
	})
	t.Run("what cannot be a page is refused before asking", func(t *testing.T) {
		s := all.In(t)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "replace_profile_html", map[string]any{"custom_html": " "}), "clear_profile_html takes a page down")
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "replace_profile_html", map[string]any{"html": "x", "custom_html": "x"}), "the argument is custom_html")
		testserver.Says(t, s.Fails(gumroad.Rejected, "replace_profile_html", map[string]any{"custom_html": "<p>A miracle</p>"}), "This page can’t be saved")
		wroteNoPage(t, s)
	})
	t.Run("a lost answer is not sent again, and the old page is kept", func(t *testing.T) {
		for name, c := range map[string]struct {
			method    string
			arguments map[string]any
		}{
			"edit_profile_html":    {http.MethodPost, map[string]any{"find": "shelf", "replace": "x"}},
			"replace_profile_html": {http.MethodPut, map[string]any{"custom_html": "<p>x</p>"}},
			"clear_profile_html":   {http.MethodPut, nil},
		} {
			s := start(t)
			s.Sandbox.Inject(sandbox.Fault{Method: c.method, Kind: sandbox.FaultLost})
			s.Sandbox.ResetJournal()
			lost := s.Fails(gumroad.OutcomeUnknown, name, c.arguments)
			testserver.Says(t, lost, "The page as it was is kept at gumroad://exports/", "Read it back with gumroad_get_profile_html")
			if writes := s.Writes(); len(writes) != 1 {
				t.Errorf("%s: writes %q", name, writes)
			}
		}
	})
	t.Run("a store without such pages is refused in Gumroad's words", func(t *testing.T) {
		_, second := testserver.Connections()
		s := testserver.Start(t, testserver.EveryToolset, func(s *testserver.Settings) { s.Client.Connection = second })
		for name, arguments := range map[string]map[string]any{"get_profile_html": nil, "preview_profile_html": {"custom_html": "x"},
			"edit_profile_html": {"find": "a", "replace": "b"}, "replace_profile_html": {"custom_html": "x"}, "clear_profile_html": nil} {
			testserver.Says(t, s.Fails(gumroad.Rejected, name, arguments), "You do not have access to custom HTML pages", "Nothing was changed.")
		}
		testserver.Want(t, s.Must("get_theme", nil), map[string]any{"font": "ABC Favorit"})
	})
	t.Run("a missing scope is named", func(t *testing.T) {
		for name, c := range map[string]struct{ scopes, lacks string }{
			"update_user":        {"view_public", "edit_profile"},
			"get_theme":          {"edit_profile", "edit_products"}, // the first of those that would do
			"get_profile_layout": {"account", "view_profile"},
			"clear_profile_html": {"view_profile", "edit_profile"},
		} {
			arguments := map[string]any{}
			if name == "update_user" {
				arguments["bio"] = "x"
			}
			testserver.Says(t, granted(t, c.scopes).Fails(gumroad.MissingScope, name, arguments), `lacks the scope "`+c.lacks+`"`)
		}
	})
}
