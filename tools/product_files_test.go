package tools_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// ticking is a clock that moves a second with every look.
func ticking() func() time.Time {
	at := testserver.Now
	return func() time.Time {
		at = at.Add(time.Second)
		return at
	}
}

func TestProductFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	book := writeFile(t, dir, "book one.pdf", []byte("%PDF-1.7 a book"))
	start := func(t *testing.T, highlight string) (*testserver.Server, map[string]any) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(dir), testserver.Unasked)
		return s, map[string]any{"product_id": s.Highlight(highlight).ID}
	}
	t.Run("a file joins the others and is shown on the last page", func(t *testing.T) {
		s, product := start(t, "product with a gallery")
		before := s.Must("get_product", product).IDs("files")
		made := s.Must("add_product_file", and(product, "path", book))
		testserver.Want(t, made, map[string]any{"name": "book one", "filetype": "pdf", "size": 15, "page": "Going further", "problem": nil})
		after := s.Must("get_product", product)
		if want := append(before, made.JSON["id"].(string)); !slices.Equal(after.IDs("files"), want) {
			t.Errorf("files are %v, want %v", after.IDs("files"), want)
		}
		testserver.SaysNot(t, after, "//files.gumroad.com", "Signature")
		pages := s.Must("list_content_pages", product).Rows("content_pages")
		if files, _ := pages[1]["files"].([]any); len(files) != 2 || !strings.HasPrefix(files[1].(string), "book one.pdf (") {
			t.Errorf("the page shows %v", files)
		}
	})
	t.Run("on the page that is named, under a name", func(t *testing.T) {
		s, product := start(t, "product with a gallery")
		page := s.Must("list_content_pages", product).Rows("content_pages")[0]
		testserver.Want(t, s.Must("add_product_file", and(product, "path", book, "page_id", page["id"], "name", "The Book")),
			map[string]any{"name": "The Book", "page": "Start here"})
	})
	t.Run("a product without pages shows all its files", func(t *testing.T) {
		s, product := start(t, "draft product")
		testserver.Want(t, s.Must("add_product_file", and(product, "path", book)), map[string]any{"name": "book one", "page": nil})
	})
	t.Run("where each variant has its own pages, on the variant's", func(t *testing.T) {
		s, product := start(t, "product with pages for each option")
		studio := and(product, "variant_id", "Studio")
		testserver.Want(t, s.Must("add_product_file", and(studio, "path", book)), map[string]any{"page": "This month's pack", "problem": nil})
		testserver.Says(t, s.Must("list_content_pages", studio), "book one.pdf (")
		testserver.SaysNot(t, s.Must("list_content_pages", and(product, "variant_id", "Sketch")), "book one.pdf (")
	})
	t.Run("if the variant's page cannot be changed, the result says what is there", func(t *testing.T) {
		s, product := start(t, "product with pages for each option")
		s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Path: "/products/*/variant_categories/*/variants/*", Kind: sandbox.FaultStatus, Status: 500})
		made := s.Must("add_product_file", and(product, "path", book, "variant_id", "Studio"))
		testserver.Says(t, made, `"problem":"The product has the file, but no page`, "no usable answer")
	})
	t.Run("a file that the others are changed under keeps them as they are then", func(t *testing.T) {
		s, product := start(t, "draft product")
		s.Must("add_product_file", and(product, "path", book, "name", "first"))
		s.Must("add_product_file", and(product, "path", book, "name", "second"))
		if files := s.Must("get_product", product).Rows("files"); len(files) != 2 {
			t.Errorf("files are %v", files)
		}
	})
	t.Run("a page that is not there is refused before the upload", func(t *testing.T) {
		s, product := start(t, "product with a gallery")
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.NotFound, "add_product_file", and(product, "path", book, "page_id", "nothing")), `"Start here"`)
		s.WroteNothing()
	})
	t.Run("a file of the web is downloaded and sent on", func(t *testing.T) {
		web := testserver.StartWeb(t, func(out http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/moved" {
				http.Redirect(out, r, "/book%20two.pdf", http.StatusFound)
				return
			}
			_, _ = io.WriteString(out, "%PDF-1.7 from the web")
		})
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, testserver.Unasked,
			func(s *testserver.Settings) { s.Tools.Files = source.New(web.Options) })
		product := map[string]any{"product_id": s.Highlight("draft product").ID}
		testserver.Want(t, s.Must("add_product_file", and(product, "url", web.Address("/moved"))),
			map[string]any{"name": "book two", "filetype": "pdf", "size": 21})
	})
	t.Run("a public name that leads to this machine is refused when the connection is made", func(t *testing.T) {
		web := testserver.StartWeb(t, func(http.ResponseWriter, *http.Request) { t.Error("a private host was reached") })
		web.Options.Public = nil // the real rule
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, testserver.Unasked,
			func(s *testserver.Settings) { s.Tools.Files = source.New(web.Options) })
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "add_product_file",
			map[string]any{"product_id": s.Highlight("draft product").ID, "url": web.Address("/")}), "not on the public internet", "Nothing was changed.")
		s.WroteNothing()
	})
	t.Run("so is a redirect to this machine", func(t *testing.T) {
		private := testserver.StartWeb(t, func(http.ResponseWriter, *http.Request) { t.Error("a private host was reached") })
		web := testserver.StartWeb(t, func(out http.ResponseWriter, r *http.Request) { http.Redirect(out, r, private.URL, http.StatusFound) })
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, testserver.Unasked,
			func(s *testserver.Settings) { s.Tools.Files = source.New(web.Options) })
		s.Fails(gumroad.InvalidArguments, "add_product_file",
			map[string]any{"product_id": s.Highlight("draft product").ID, "url": web.Address("/")})
	})
	t.Run("a private address is refused before anything is sent", func(t *testing.T) {
		s, product := start(t, "draft product")
		s.Sandbox.ResetJournal()
		for _, address := range []string{"https://127.0.0.1/a.pdf", "https://localhost/a.pdf", "https://169.254.169.254/latest",
			"https://[::1]/a.pdf", "https://10.0.0.1/a.pdf", "http://files.pixelandpage.com/a.pdf"} {
			testserver.Says(t, s.Fails(gumroad.InvalidArguments, "add_product_file", and(product, "url", address)), "url ", "Nothing was changed.")
		}
		s.WroteNothing()
	})
	t.Run("an upload that fails is discarded and changes nothing", func(t *testing.T) {
		s, product := start(t, "draft product")
		s.Sandbox.Inject(sandbox.Fault{Path: "/_storage/parts/*/*", Kind: sandbox.FaultStatus, Status: 403})
		testserver.Says(t, s.Fails(gumroad.UpstreamUnavailable, "add_product_file", and(product, "path", book)), "Nothing was changed.")
		writes := s.Writes()
		if !strings.HasSuffix(writes[len(writes)-1], "/files/abort") {
			t.Errorf("writes %q, want an abort at last", writes)
		}
	})
	t.Run("a lost answer is unknown, and the file is there once", func(t *testing.T) {
		s, product := start(t, "draft product")
		s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Path: "/products/*", Kind: sandbox.FaultLost})
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "add_product_file", and(product, "path", book)), "gumroad_get_product")
		if files := s.Must("get_product", product).Rows("files"); len(files) != 1 {
			t.Errorf("files are %v", files)
		}
	})
	t.Run("a removed file is gone from the product and its page, and nothing else", func(t *testing.T) {
		s, product := start(t, "product with a gallery")
		files := s.Must("get_product", product).Rows("files")
		removed := s.Must("delete_product_file", and(product, "file_id", files[0]["id"]))
		testserver.Want(t, removed, map[string]any{"file_deleted": "gridsmith.zip"})
		if left := removed.IDs("files"); !slices.Equal(left, []string{files[1]["id"].(string)}) {
			t.Errorf("left are %v", left)
		}
		list := s.Must("list_content_pages", and(product, "with_text", true))
		testserver.SaysNot(t, list, "gridsmith.zip")
		testserver.Says(t, list, "handbook.pdf (", "{{licenseKey ")
	})
	t.Run("a file on a variant's page is removed from there as well", func(t *testing.T) {
		s, product := start(t, "product with pages for each option")
		made := s.Must("add_product_file", and(product, "path", book, "variant_id", "Studio"))
		s.Must("delete_product_file", and(product, "file_id", made.JSON["id"]))
		testserver.SaysNot(t, s.Must("list_content_pages", and(product, "variant_id", "Studio")), "book one", "gone")
		if files := s.Must("get_product", product).Rows("files"); len(files) > 0 {
			t.Errorf("files are %v", files)
		}
	})
	t.Run("if a removal stops half way, the outcome is unknown", func(t *testing.T) {
		s, product := start(t, "product with pages for each option")
		made := s.Must("add_product_file", and(product, "path", book, "variant_id", "Studio"))
		s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Path: "/products/*", Kind: sandbox.FaultStatus, Status: 422})
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "delete_product_file", and(product, "file_id", made.JSON["id"])),
			"was taken off pages of variants")
	})
	t.Run("an unknown file is refused and the known ones are named", func(t *testing.T) {
		s, product := start(t, "product with a gallery")
		testserver.Says(t, s.Fails(gumroad.NotFound, "delete_product_file", and(product, "file_id", "nothing")), "gridsmith.zip", "handbook.pdf")
	})
}

func TestFileQuestions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	book := writeFile(t, dir, "book.pdf", []byte("%PDF-1.7 a book"))
	all := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(dir))
	product := map[string]any{"product_id": all.Highlight("product with a gallery").ID}
	files := all.Must("get_product", product).Rows("files")
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		says      []string
	}{
		"a file of this machine": {"add_product_file", and(product, "path", book),
			[]string{`Give "book.pdf" (15 bytes) to all who bought "Gridsmith for Figma" (`, `on the page "Going further"`, "path: " + book}},
		"a file of the web": {"add_product_file", and(product, "url", "https://files.pixelandpage.com/a.pdf"),
			[]string{`the file at the host "files.pixelandpage.com"`, "url: https://files.pixelandpage.com/a.pdf"}},
		"a removal": {"delete_product_file", and(product, "file_id", files[0]["id"]),
			[]string{`Remove the file "gridsmith.zip" (3.91 MB)`, "gone at once for all who bought", "cannot be brought back"}},
	} {
		t.Run(name+" asks", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, c.tool, c.arguments), c.says...)
			s.WroteNothing()
		})
	}
	t.Run("a file that cannot be given is refused before asking", func(t *testing.T) {
		all.In(t).Fails(gumroad.NotAllowed, "add_product_file", and(product, "path", filepath.Join(dir, "nothing.pdf")))
	})
	t.Run("a product that nobody bought does not ask", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(dir))
		s.Must("add_product_file", map[string]any{"product_id": s.Highlight("draft product").ID, "path": book})
	})
	t.Run("a consent is for the file as it was", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(dir))
		changing := writeFile(t, dir, "changing.pdf", []byte("%PDF-1.7 short"))
		asked := s.Fails(tool.ConfirmationRequired, "add_product_file", and(product, "path", changing))
		writeFile(t, dir, "changing.pdf", []byte("%PDF-1.7 something longer"))
		s.Fails(tool.ConfirmationRequired, "add_product_file", and(product, "path", changing, "confirm_token", asked.JSON["confirm_token"]))
	})
}

// TestCancelledUploads: a client that cancels has its upload discarded.
func TestCancelledUploads(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "large.bin")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := testserver.StartStdio(t, testserver.FirstStore, testserver.EveryToolset, local(dir), testserver.Unasked)
		s.Sandbox.Inject(sandbox.Fault{Path: "/_storage/parts/*/1", Kind: sandbox.FaultSlow, Delay: time.Hour})
		s.Greet("{}")
		s.Send(testserver.CallLine("1", "add_product_file",
			map[string]any{"product_id": s.Highlight("draft product").ID, "path": path}, nil) + "\n")
		synctest.Wait()
		s.Send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"1"}}` + "\n")
		synctest.Wait()
		s.EndInput()
		s.Rest()
		writes := s.Writes()
		if last := writes[len(writes)-1]; !strings.HasSuffix(last, "/files/abort") {
			t.Errorf("writes %q, want an abort at last", writes)
		}
		for _, entry := range s.Sandbox.Journal() {
			if entry.Method == "PUT" && strings.Contains(entry.Path, "/products/") || strings.HasSuffix(entry.Path, "/complete") {
				t.Errorf("it went on with %s %s", entry.Method, entry.Path)
			}
		}
	})
}
