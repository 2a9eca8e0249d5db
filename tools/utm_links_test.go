package tools_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// newLink is a new tracking link.
func newLink(more map[string]any) map[string]any {
	given := map[string]any{"title": "Fair", "utm": "utm_source=fair&utm_medium=print&utm_campaign=spring"}
	maps.Copy(given, more)
	return given
}

// linkOf is a change of a tracking link of the demo.
func linkOf(s *testserver.Server, name string, more map[string]any) map[string]any {
	given := map[string]any{"utm_link_id": s.Highlight(name).ID}
	maps.Copy(given, more)
	return given
}

func TestUTMLinks(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
	}
	t.Run("all of them are listed with their clicks", func(t *testing.T) {
		listed := start(t).Must("list_utm_links", nil)
		if got := len(listed.IDs("utm_links")); got != 7 {
			t.Errorf("want 7, got %d", got)
		}
		testserver.Says(t, listed, `"total_clicks":214`, `"total_clicks":0`, `"enabled":false`, `"short_url":"https://gum.co/u/`)
	})
	t.Run("a stranger's values are defused", func(t *testing.T) {
		s := start(t)
		shown := s.Must("get_utm_link", linkOf(s, "prompt injection in a tracking link", nil))
		testserver.Want(t, shown, map[string]any{"utm_source": "!·[x]·(https://evil.example/)", "cleaned": true})
	})
	t.Run("one whose target is gone leads nowhere", func(t *testing.T) {
		s := start(t)
		testserver.Want(t, s.Must("get_utm_link", linkOf(s, "tracking link without its target", nil)),
			map[string]any{"utm_url": nil, "target_resource_type": "product_page"})
	})
	for name, c := range map[string]struct {
		more map[string]any
		want map[string]any
	}{
		"the profile":        {nil, map[string]any{"target_resource_type": "profile_page", "target_resource_id": nil}},
		"a product":          {map[string]any{"product_id": "ink & wash"}, map[string]any{"target_resource_type": "product_page"}},
		"the subscribe page": {map[string]any{"subscribe_page": true}, map[string]any{"target_resource_type": "subscribe_page"}},
		"values escaped as in a URL": {map[string]any{"utm": "?utm_source=a%20b&utm_medium=c+d&utm_campaign=e&utm_term=f&utm_content=g"},
			map[string]any{"utm_source": "a b", "utm_medium": "c d", "utm_term": "f", "utm_content": "g"}},
	} {
		t.Run("one is made of "+name, func(t *testing.T) {
			made := start(t).Must("create_utm_link", newLink(c.more))
			testserver.Want(t, made, map[string]any{"title": "Fair", "enabled": true, "total_clicks": 0})
			testserver.Want(t, made, c.want)
		})
	}
	t.Run("one is made of an e-mail", func(t *testing.T) {
		s := start(t)
		email := s.Highlight("sent e-mail").ID
		testserver.Want(t, s.Must("create_utm_link", newLink(map[string]any{"email_id": email})),
			map[string]any{"target_resource_type": "post_page", "target_resource_id": email})
	})
	t.Run("a change keeps what is omitted and tells what it replaced", func(t *testing.T) {
		s := start(t)
		before := s.Must("get_utm_link", linkOf(s, "tracking link", nil))
		testserver.Want(t, s.Must("update_utm_link", linkOf(s, "tracking link", map[string]any{"utm": "utm_source=blog&utm_content="})), map[string]any{
			"title": "Newsletter 42", "utm_source": "blog", "utm_medium": "email", "utm_content": nil, "short_url": before.JSON["short_url"],
			"replaced": map[string]any{"utm_source": "newsletter", "utm_content": "header button"}})
		testserver.Want(t, s.Must("update_utm_link", linkOf(s, "tracking link", map[string]any{"title": "Blog"})), map[string]any{
			"title": "Blog", "utm_source": "blog", "replaced": map[string]any{"title": "Newsletter 42"}})
	})
	t.Run("off and on again", func(t *testing.T) {
		s := start(t)
		testserver.Want(t, s.Must("disable_utm_link", linkOf(s, "tracking link", nil)), map[string]any{"enabled": false, "total_clicks": 214})
		testserver.Want(t, s.Must("enable_utm_link", linkOf(s, "tracking link", nil)), map[string]any{"enabled": true, "total_clicks": 214})
	})
	t.Run("a deleted one is gone", func(t *testing.T) {
		s := start(t)
		s.Must("delete_utm_link", linkOf(s, "tracking link", nil))
		testserver.Says(t, s.Fails(gumroad.NotFound, "get_utm_link", linkOf(s, "tracking link", nil)), "gumroad_list_utm_links")
	})
	t.Run("a missing scope is named", func(t *testing.T) {
		s := testserver.Start(t, testserver.Unasked, testserver.EveryToolset, func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential("sandbox:view_public")
		})
		testserver.Says(t, s.Fails(gumroad.MissingScope, "create_utm_link", newLink(nil)), `"edit_products"`)
	})
}

// TestUTMLinkGuards: what cannot be right is not sent.
func TestUTMLinkGuards(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		code      gumroad.Code
		says      string
	}{
		"two targets":            {"create_utm_link", newLink(map[string]any{"product_id": "margins", "subscribe_page": true}), gumroad.InvalidArguments, "leads to one page"},
		"another parameter":      {"create_utm_link", newLink(map[string]any{"utm": "utm_source=a&ref=b"}), gumroad.InvalidArguments, `utm has "ref"`},
		"a value given twice":    {"create_utm_link", newLink(map[string]any{"utm": "utm_source=a&utm_source=b"}), gumroad.InvalidArguments, "twice"},
		"what is no query":       {"update_utm_link", linkOf(all, "tracking link", map[string]any{"utm": "utm_source=%zz"}), gumroad.InvalidArguments, "not the query of a URL"},
		"Gumroad's own names":    {"create_utm_link", newLink(map[string]any{"target_resource_type": "product_page"}), gumroad.InvalidArguments, "subscribe_page"},
		"a value of its own":     {"create_utm_link", newLink(map[string]any{"utm_source": "a"}), gumroad.InvalidArguments, "utm_source=newsletter&utm_medium"},
		"another target":         {"update_utm_link", linkOf(all, "tracking link", map[string]any{"target_resource_id": "x"}), gumroad.InvalidArguments, "fixed"},
		"a change to nothing":    {"update_utm_link", linkOf(all, "tracking link", nil), gumroad.InvalidArguments, "Nothing to change"},
		"an unknown product":     {"create_utm_link", newLink(map[string]any{"product_id": "no such thing"}), gumroad.NotFound, "gumroad_list_products"},
		"an unknown link":        {"update_utm_link", map[string]any{"utm_link_id": "nothing", "title": "A"}, gumroad.NotFound, "gumroad_list_utm_links"},
		"a link that is not set": {"update_utm_link", linkOf(all, "tracking link", map[string]any{"enabled": false}), gumroad.InvalidArguments, "disable_utm_link"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(c.code, c.tool, c.arguments), c.says, "Nothing was changed.")
			s.WroteNothing()
		})
	}
	t.Run("Gumroad's refusals are in its own words", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
		s.Must("create_utm_link", newLink(nil))
		testserver.Says(t, s.Fails(gumroad.Rejected, "create_utm_link", newLink(nil)), "A link with similar UTM parameters already exists")
		testserver.Says(t, s.Fails(gumroad.Rejected, "create_utm_link", newLink(map[string]any{"utm": "utm_source=a&utm_medium=b"})), "Utm campaign can't be blank")
	})
}

func TestUTMLinkQuestions(t *testing.T) {
	t.Parallel()
	t.Run("deleting says what dies", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "delete_utm_link", linkOf(s, "tracking link", nil)),
			`Delete the tracking link "Newsletter 42"`, "clicked about 210 times", `"gum.co"`, "cannot be brought back", "disable_utm_link")
		s.WroteNothing()
		withConsent(t, s, "delete_utm_link", linkOf(s, "tracking link", nil))
	})
	t.Run("what is not there is refused before asking", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		for _, id := range []string{s.Highlight("deleted tracking link").ID, "nothing"} {
			testserver.Says(t, s.Fails(gumroad.NotFound, "delete_utm_link", map[string]any{"utm_link_id": id}), "gumroad_list_utm_links")
		}
		s.WroteNothing()
	})
	t.Run("what can be undone does not ask", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		s.Must("create_utm_link", newLink(nil))
		s.Must("update_utm_link", linkOf(s, "tracking link", map[string]any{"title": "A"}))
		s.Must("disable_utm_link", linkOf(s, "tracking link", nil))
		s.Must("enable_utm_link", linkOf(s, "tracking link", nil))
	})
}

func TestLostUTMLinkAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		more     map[string]any
		readBack string
	}{
		"create_utm_link":  {nil, "gumroad_list_utm_links"},
		"update_utm_link":  {map[string]any{"title": "A"}, "gumroad_get_utm_link"},
		"disable_utm_link": {nil, "gumroad_get_utm_link"},
		"enable_utm_link":  {nil, "gumroad_get_utm_link"},
		"delete_utm_link":  {nil, "gumroad_list_utm_links"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
			for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
				s.Sandbox.Inject(sandbox.Fault{Method: method, Kind: sandbox.FaultLost})
			}
			given := linkOf(s, "disabled tracking link", c.more)
			if name == "create_utm_link" {
				given = newLink(nil)
			}
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, name, given), "Whether anything changed is unknown", c.readBack)
			if writes := s.Writes(); len(writes) != 1 {
				t.Errorf("want it sent once, got %q", writes)
			}
		})
	}
}
