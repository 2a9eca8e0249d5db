package tools_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// and is a call's arguments with more.
func and(arguments map[string]any, more ...any) map[string]any {
	all := maps.Clone(arguments)
	for i := 0; i < len(more); i += 2 {
		all[more[i].(string)] = more[i+1]
	}
	return all
}

// pages are the content pages of a product as Gumroad has them, without the times of their changes.
func rawPages(t *testing.T, s *testserver.Server, product string) (pages []any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "https://sandbox/v2/products/"+product, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
	response, err := s.Sandbox.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body struct{ Product map[string]any }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	pages, _ = body.Product["rich_content"].([]any)
	for _, page := range pages {
		delete(page.(map[string]any), "updated_at")
	}
	return pages
}

func TestContentPages(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*testserver.Server, map[string]any) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, testserver.Unasked)
		return s, map[string]any{"product_id": s.Highlight("product with a gallery").ID}
	}
	t.Run("the list has titles and files, and the text for those who ask", func(t *testing.T) {
		s, product := start(t)
		list := s.Must("list_content_pages", product)
		testserver.Says(t, list, `"Start here"`, "gridsmith.zip (", `"Going further"`, "handbook.pdf (")
		testserver.SaysNot(t, list, "Welcome to Gridsmith")
		testserver.Says(t, s.Must("list_content_pages", and(product, "with_text", true)), "## Welcome to Gridsmith", "**your key**",
			"{{licenseKey ", "{{file ", "[baseline grids](https://gridsmith.example/baseline)", "{{moreLikeThis ")
	})
	t.Run("the text as it is changes nothing", func(t *testing.T) {
		s, product := start(t)
		before := rawPages(t, s, product["product_id"].(string))
		for _, page := range s.Must("list_content_pages", and(product, "with_text", true)).Rows("content_pages") {
			s.Must("update_content_page", and(product, "page_id", page["id"], "text", page["text"]))
		}
		if diff := cmp.Diff(before, rawPages(t, s, product["product_id"].(string))); diff != "" {
			t.Errorf("pages (-before +after):\n%s", diff)
		}
	})
	t.Run("a part is replaced, and the rest stays to the letter", func(t *testing.T) {
		s, product := start(t)
		id := product["product_id"].(string)
		before, err := json.Marshal(rawPages(t, s, id))
		if err != nil {
			t.Fatal(err)
		}
		page := s.Must("list_content_pages", product).Rows("content_pages")[1]
		s.Must("update_content_page", and(product, "page_id", page["id"], "find", "A grid is a promise.", "text", "A grid is a *promise*."))
		after, err := json.Marshal(rawPages(t, s, id))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(string(before), `{"text":"A grid is a promise.","type":"text"}`,
			`{"text":"A grid is a ","type":"text"},{"marks":[{"type":"italic"}],"text":"promise","type":"text"},{"text":".","type":"text"}`, 1)
		if want == string(before) || string(after) != want {
			t.Errorf("pages are\n%s\nwant\n%s", after, want)
		}
	})
	t.Run("a part that is not there once is refused", func(t *testing.T) {
		s, product := start(t)
		page := s.Must("list_content_pages", product).Rows("content_pages")[1]
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "update_content_page",
			and(product, "page_id", page["id"], "find", "nowhere", "text", "x")), "find stands 0 times")
		s.WroteNothing()
	})
	t.Run("the title alone", func(t *testing.T) {
		s, product := start(t)
		page := s.Must("list_content_pages", product).Rows("content_pages")[0]
		testserver.Want(t, s.Must("update_content_page", and(product, "page_id", page["id"], "title", "Begin")), map[string]any{"title": "Begin", "id": page["id"]})
	})
	t.Run("nothing to change is refused", func(t *testing.T) {
		s, product := start(t)
		page := s.Must("list_content_pages", product).Rows("content_pages")[0]
		s.Fails(gumroad.InvalidArguments, "update_content_page", and(product, "page_id", page["id"]))
	})
	t.Run("blocks that are left out are named", func(t *testing.T) {
		s, product := start(t)
		page := s.Must("list_content_pages", product).Rows("content_pages")[0]
		testserver.Says(t, s.Must("update_content_page", and(product, "page_id", page["id"], "text", "All new.")), `"dropped":["{{licenseKey `, "{{file ")
	})
	t.Run("a page is added behind another", func(t *testing.T) {
		s, product := start(t)
		first := s.Must("list_content_pages", product).Rows("content_pages")[0]
		made := s.Must("add_content_page", and(product, "title", "Between", "text", "# Hello\n\n- one\n- two", "after_page_id", first["id"]))
		rows := s.Must("list_content_pages", product).Rows("content_pages")
		if len(rows) != 3 || rows[1]["title"] != "Between" || rows[1]["id"] != made.JSON["id"] {
			t.Errorf("pages are %v", rows)
		}
	})
	t.Run("a file of another product cannot be shown", func(t *testing.T) {
		s, product := start(t)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.NotFound, "add_content_page", and(product, "title", "x", "text", "{{file AAAAAAAAAAAAAAAAAAAAAA==}}")),
			"has no file", "gridsmith.zip")
		s.WroteNothing()
	})
	t.Run("a link that runs something is refused", func(t *testing.T) {
		s, product := start(t)
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "add_content_page", and(product, "title", "x", "text", "[x](javascript:alert(1))")), "cannot link to")
	})
	t.Run("a deleted page is gone, and the others stay", func(t *testing.T) {
		s, product := start(t)
		rows := s.Must("list_content_pages", product).Rows("content_pages")
		testserver.Want(t, s.Must("delete_content_page", and(product, "page_id", rows[0]["id"])), map[string]any{"deleted": "Start here", "pages_left": 1})
		if left := s.Must("list_content_pages", product).IDs("content_pages"); !slices.Equal(left, []string{rows[1]["id"].(string)}) {
			t.Errorf("there are %v", left)
		}
	})
	t.Run("the last page goes as well", func(t *testing.T) {
		s, product := start(t)
		for _, id := range s.Must("list_content_pages", product).IDs("content_pages") {
			s.Must("delete_content_page", and(product, "page_id", id))
		}
		if left := s.Must("list_content_pages", product).Rows("content_pages"); len(left) > 0 {
			t.Errorf("there are %v", left)
		}
	})
	t.Run("an unknown page is refused and the known ones are named", func(t *testing.T) {
		s, product := start(t)
		for _, name := range []string{"update_content_page", "delete_content_page"} {
			arguments := and(product, "page_id", "nothing")
			if name == "update_content_page" {
				arguments["title"] = "x"
			}
			testserver.Says(t, s.Fails(gumroad.NotFound, name, arguments), `"Start here"`, `"Going further"`)
		}
	})
	t.Run("where each variant has its own pages, one has to be named", func(t *testing.T) {
		s, _ := start(t)
		club := map[string]any{"product_id": s.Highlight("product with pages for each option").ID}
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "list_content_pages", club), `"Sketch"`, `"Studio"`)
		studio := and(club, "variant_id", "studio")
		page := s.Must("list_content_pages", studio).Rows("content_pages")[0]
		s.Must("update_content_page", and(studio, "page_id", page["id"], "title", "Renamed"))
		testserver.Says(t, s.Must("list_content_pages", studio), "Renamed")
		testserver.SaysNot(t, s.Must("list_content_pages", and(club, "variant_id", "Sketch")), "Renamed")
	})
	t.Run("where pages are shared, none may be named", func(t *testing.T) {
		s, product := start(t)
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "list_content_pages", and(product, "variant_id", "x")), "Leave variant_id out")
	})
	t.Run("a page that somebody else changes meanwhile is left alone", func(t *testing.T) {
		s, product := meddled(t)
		page := s.Must("list_content_pages", product).Rows("content_pages")[1]
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.Rejected, "update_content_page", and(product, "page_id", page["id"], "title", "Mine")),
			"Somebody else changed the content", "Nothing was changed.")
	})
	t.Run("a lost answer is unknown", func(t *testing.T) {
		s, product := start(t)
		page := s.Must("list_content_pages", product).Rows("content_pages")[0]
		s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Path: "/products/*", Kind: sandbox.FaultLost})
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "update_content_page", and(product, "page_id", page["id"], "title", "x")), "gumroad_list_content_pages")
	})
	t.Run("a long text is not replaced by what is shown of it", func(t *testing.T) {
		s, product := start(t)
		made := s.Must("add_content_page", and(product, "title", "Long", "text", strings.Repeat("Another line of it.\n\n", 500)))
		arguments := and(product, "page_id", made.JSON["id"], "text", "short")
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "update_content_page", arguments), "Pass find")
	})
}

// meddled is a store in which somebody renames a page each time the product is read.
func meddled(t *testing.T) (*testserver.Server, map[string]any) {
	t.Helper()
	var box *sandbox.Sandbox
	n := 0
	s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, testserver.Unasked, func(s *testserver.Settings) {
		s.Between = func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				answer, err := next.RoundTrip(r)
				if n++; box != nil && r.Method == "GET" {
					meddle(t, box, r.URL.Path, n)
				}
				return answer, err
			})
		}
	})
	box = s.Sandbox
	return s, map[string]any{"product_id": s.Highlight("product with a gallery").ID}
}

// meddle adds a file's name to the store's product, past the client under test.
func meddle(t *testing.T, box *sandbox.Sandbox, path string, n int) {
	t.Helper()
	send := func(method string, body string) map[string]any {
		id := path[strings.LastIndex(path, "/")+1:]
		request, err := http.NewRequestWithContext(t.Context(), method, "https://sandbox/v2/products/"+id, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
		request.Header.Set("Content-Type", "application/json")
		response, err := box.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var answer struct{ Product map[string]any }
		_ = json.NewDecoder(response.Body).Decode(&answer) // other paths than a product's have none
		return answer.Product
	}
	pages, _ := send("GET", "")["rich_content"].([]any)
	if len(pages) == 0 {
		return
	}
	pages[0].(map[string]any)["title"] = strings.Repeat("x", n)
	body, err := json.Marshal(map[string]any{"rich_content": pages})
	if err != nil {
		t.Fatal(err)
	}
	send("PUT", string(body))
}

// TestContentQuestions: what buyers have already is changed after a person's yes, and drafts without a question.
func TestContentQuestions(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
	product := map[string]any{"product_id": all.Highlight("product with a gallery").ID}
	page := all.Must("list_content_pages", product).Rows("content_pages")[0]
	first := and(product, "page_id", page["id"])
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		says      []string
	}{
		"a new page": {"add_content_page", and(product, "title", "New", "text", "Hello."),
			[]string{`new page "New"`, "all who bought", `"Gridsmith for Figma"`, "sales)"}},
		"a changed page": {"update_content_page", and(first, "text", "All new."),
			[]string{`Change the page "Start here"`, "last changed 20", "all who bought", "not kept", "Gone from it:", "licenseKey", "they are switched off", "text: All new."}},
		"a new title":    {"update_content_page", and(first, "title", "Begin"), []string{`Rename the page "Start here"`, "title: Begin"}},
		"a deleted page": {"delete_content_page", first, []string{`Delete the page "Start here"`, "cannot be brought back", "1 files, which stay", "switched off"}},
		"a licence key":  {"add_content_page", and(product, "title", "Key", "text", "{{licenseKey}}"), []string{"all buyers get one"}},
	} {
		t.Run(name+" asks", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, c.tool, c.arguments), c.says...)
			s.WroteNothing()
		})
	}
	t.Run("a consent is void once the page has changed", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, func(s *testserver.Settings) { s.Sandbox.Now = ticking() })
		asked := s.Fails(tool.ConfirmationRequired, "delete_content_page", first)
		meddle(t, s.Sandbox, product["product_id"].(string), 3)
		again := s.Fails(tool.ConfirmationRequired, "delete_content_page", and(first, "confirm_token", asked.JSON["confirm_token"]))
		testserver.Says(t, again, `"xxx"`)
	})
	t.Run("a product that nobody bought does not ask to add and to change", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		draft := map[string]any{"product_id": s.Highlight("draft product").ID}
		made := s.Must("add_content_page", and(draft, "title", "New", "text", "Hello."))
		s.Must("update_content_page", and(draft, "page_id", made.JSON["id"], "text", "Bye."))
		s.Fails(tool.ConfirmationRequired, "delete_content_page", and(draft, "page_id", made.JSON["id"]))
	})
	t.Run("without the right to see sales there may be buyers", func(t *testing.T) {
		s := testserver.Start(t, testserver.EveryToolset, func(s *testserver.Settings) {
			s.Client.MatonKey = gumroad.Credential{}
			s.Client.GumroadToken = gumroad.NewCredential(sandbox.GumroadToken + ":edit_products")
		})
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "add_content_page",
			map[string]any{"product_id": s.Highlight("draft product").ID, "title": "x", "text": "y"}), "all who bought")
	})
}
