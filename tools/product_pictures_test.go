package tools_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// local is a client on the server's machine, which may upload the files of dir.
func local(dir string) func(*testserver.Settings) {
	return func(s *testserver.Settings) {
		s.Local = true
		s.Tools.Files = source.New(source.Options{Dirs: []string{dir}})
	}
}

// writeFile makes a file in dir and returns its path.
func writeFile(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pngOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// covers are the ids of the covers that a result has.
func covers(r testserver.Result) []string { return r.IDs("covers") }

func TestCovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	picture := writeFile(t, dir, "front.png", pngOf(t, 800, 600))
	start := func(t *testing.T, more ...func(*testserver.Settings)) (*testserver.Server, map[string]any) {
		s := testserver.Start(t, append([]func(*testserver.Settings){testserver.FirstStore, testserver.EveryToolset, local(dir), testserver.Unasked}, more...)...)
		return s, map[string]any{"product_id": s.Highlight("product with a gallery").ID}
	}
	with := func(product map[string]any, name string, value any) map[string]any {
		return map[string]any{"product_id": product["product_id"], name: value}
	}
	t.Run("a picture of this machine is uploaded and shown last", func(t *testing.T) {
		s, product := start(t)
		before := covers(s.Must("get_product", product))
		made := s.Must("add_cover", with(product, "path", picture))
		added := made.Rows("covers")[len(before)]
		if added["native_width"] != 800.0 || added["type"] != "image" || !slices.Equal(covers(made)[:len(before)], before) {
			t.Errorf("it is %v, behind %v", added, covers(made))
		}
		testserver.Want(t, made, map[string]any{"main_cover_id": before[0]})
	})
	t.Run("a picture of the web is fetched by Gumroad", func(t *testing.T) {
		s, product := start(t)
		made := s.Must("add_cover", with(product, "url", "https://pictures.example.com/wide-1600x900.jpg"))
		if added := made.Rows("covers")[3]; added["native_width"] != 1600.0 {
			t.Errorf("it is %v", added)
		}
	})
	t.Run("so is a page with a video", func(t *testing.T) {
		s, product := start(t)
		made := s.Must("add_cover", with(product, "url", "https://vimeo.com/12345"))
		if added := made.Rows("covers")[3]; added["type"] != "oembed" {
			t.Errorf("it is %v", added)
		}
	})
	t.Run("what is not named in an order follows the rest", func(t *testing.T) {
		s, product := start(t)
		ids := covers(s.Must("get_product", product))
		s.Sandbox.ResetJournal()
		changed := s.Must("reorder_covers", with(product, "cover_ids", []string{ids[2]}))
		if want := []string{ids[2], ids[0], ids[1]}; !slices.Equal(covers(changed), want) {
			t.Errorf("the order is %v, want %v", covers(changed), want)
		}
		sent := s.Sandbox.Journal()
		if got := sent[len(sent)-1].Params["cover_ids[]"]; len(got) != 3 {
			t.Errorf("want all ids sent, got %v", got)
		}
	})
	t.Run("an order with an unknown cover is refused and names the known ones", func(t *testing.T) {
		s, product := start(t)
		ids := covers(s.Must("get_product", product))
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.NotFound, "reorder_covers", with(product, "cover_ids", []string{ids[1], "nothing"})), ids...)
		s.WroteNothing()
	})
	t.Run("an empty order is refused", func(t *testing.T) {
		s, product := start(t)
		s.Fails(gumroad.InvalidArguments, "reorder_covers", with(product, "cover_ids", []string{}))
	})
	t.Run("a deleted one is gone, and the next is the main one", func(t *testing.T) {
		s, product := start(t)
		ids := covers(s.Must("get_product", product))
		testserver.Want(t, s.Must("delete_cover", with(product, "cover_id", ids[0])), map[string]any{"main_cover_id": ids[1]})
		if got := covers(s.Must("get_product", product)); !slices.Equal(got, ids[1:]) {
			t.Errorf("there are %v, want %v", got, ids[1:])
		}
	})
	t.Run("a ninth is refused in Gumroad's words", func(t *testing.T) {
		s, product := start(t)
		for range 5 {
			s.Must("add_cover", with(product, "path", picture))
		}
		testserver.Says(t, s.Fails(gumroad.Rejected, "add_cover", with(product, "path", picture)), "a limit of 8 previews")
	})
	t.Run("what is no picture is refused before it is sent", func(t *testing.T) {
		s, product := start(t)
		s.Sandbox.ResetJournal()
		text := writeFile(t, dir, "notes.png", []byte("not a picture"))
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "add_cover", with(product, "path", text)), "text/plain", "JPEG, PNG or GIF")
		s.WroteNothing()
	})
	t.Run("both sources, or none, are refused", func(t *testing.T) {
		s, product := start(t)
		s.Fails(gumroad.InvalidArguments, "add_cover", product)
		both := with(product, "path", picture)
		both["url"] = "https://pictures.example.com/a.png"
		s.Fails(gumroad.InvalidArguments, "add_cover", both)
	})
	t.Run("an address of this machine is refused before it is sent", func(t *testing.T) {
		s, product := start(t)
		s.Sandbox.ResetJournal()
		for _, address := range []string{"https://127.0.0.1/a.png", "http://pictures.example.com/a.png", "https://[::1]/a.png"} {
			s.Fails(gumroad.InvalidArguments, "add_cover", with(product, "url", address))
		}
		s.WroteNothing()
	})
	t.Run("a lost answer is unknown, and get_product reads it back", func(t *testing.T) {
		s, product := start(t)
		s.Sandbox.Inject(sandbox.Fault{Method: "POST", Path: "/products/*/covers", Kind: sandbox.FaultLost, Count: 1})
		lost := s.Fails(gumroad.OutcomeUnknown, "add_cover", with(product, "path", picture))
		testserver.Says(t, lost, "Read it back with gumroad_get_product")
		if got := len(covers(s.Must("get_product", product))); got != 4 {
			t.Errorf("there are %d covers, want 4: it was made once", got)
		}
	})
	t.Run("an upload that fails changes nothing, and says so", func(t *testing.T) {
		s, product := start(t)
		s.Sandbox.Inject(sandbox.Fault{Method: "POST", Path: "/direct_uploads", Kind: sandbox.FaultLost})
		testserver.Says(t, s.Fails(gumroad.UpstreamUnavailable, "add_cover", with(product, "path", picture)), "Nothing was changed.")
	})
	t.Run("an upload that the storage refuses changes nothing", func(t *testing.T) {
		s, product := start(t)
		s.Sandbox.Inject(sandbox.Fault{Path: "/_storage/blobs/*", Kind: sandbox.FaultStatus, Status: 403})
		testserver.Says(t, s.Fails(gumroad.UpstreamUnavailable, "add_cover", with(product, "path", picture)), "Nothing was changed.")
	})
	t.Run("deleting asks which one of how many, and what follows", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		product := map[string]any{"product_id": s.Highlight("product with a gallery").ID}
		ids := covers(s.Must("get_product", product))
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "delete_cover", with(product, "cover_id", ids[0])),
			"cover 1 of 3", `"Gridsmith for Figma"`, "The next one becomes the main picture", "gridsmith-cover.png")
		testserver.Says(t, s.Fails(gumroad.NotFound, "delete_cover", with(product, "cover_id", "nothing")), ids...)
		s.WroteNothing()
	})
}

// TestPathsAreForThisMachine: a caller elsewhere has no files here, whatever the operator allows.
func TestPathsAreForThisMachine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	picture := writeFile(t, dir, "front.png", pngOf(t, 800, 600))
	t.Run("a caller elsewhere", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(dir), func(s *testserver.Settings) { s.Local = false }, testserver.Unasked)
		s.Sandbox.ResetJournal()
		arguments := map[string]any{"product_id": s.Highlight("digital product").ID, "path": picture}
		testserver.Says(t, s.Fails(gumroad.NotAllowed, "add_cover", arguments), "another machine", "https url")
		s.WroteNothing()
	})
	t.Run("no directory is allowed", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, func(s *testserver.Settings) { s.Local = true }, testserver.Unasked)
		arguments := map[string]any{"product_id": s.Highlight("digital product").ID, "path": picture}
		testserver.Says(t, s.Fails(gumroad.NotAllowed, "add_cover", arguments), "--upload-dir")
	})
	t.Run("a path outside the directory", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(filepath.Join(dir, "sub")), testserver.Unasked)
		arguments := map[string]any{"product_id": s.Highlight("digital product").ID, "path": picture}
		refused := s.Fails(gumroad.NotAllowed, "add_cover", arguments)
		if strings.Contains(refused.Text, "front.png") {
			t.Errorf("it tells of the file: %s", refused.Text)
		}
	})
	t.Run("a client on stdio is on this machine", func(t *testing.T) {
		s := testserver.StartStdio(t, testserver.FirstStore, testserver.EveryToolset, local(dir), testserver.Unasked)
		s.Greet("{}")
		s.Send(testserver.CallLine("1", "add_cover", map[string]any{"product_id": s.Highlight("digital product").ID, "path": picture}, nil) + "\n")
		if answer := s.Next(); answer.Result["isError"] == true || answer.Structured()["covers"] == nil {
			t.Errorf("it is %v", answer)
		}
		s.EndInput()
		s.Rest()
	})
}

func TestThumbnails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	square := writeFile(t, dir, "square.png", pngOf(t, 600, 600))
	start := func(t *testing.T) (*testserver.Server, string) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(dir), testserver.Unasked)
		return s, s.Highlight("digital product").ID
	}
	t.Run("one is set, shown and deleted", func(t *testing.T) {
		s, product := start(t)
		set := s.Must("set_thumbnail", map[string]any{"product_id": product, "path": square})
		shown := s.Must("get_product", map[string]any{"product_id": product})
		if set.JSON["thumbnail_url"] == nil || shown.JSON["thumbnail_url"] != set.JSON["thumbnail_url"] {
			t.Errorf("it shows %v, want %v", shown.JSON["thumbnail_url"], set.JSON["thumbnail_url"])
		}
		testserver.Want(t, s.Must("delete_thumbnail", map[string]any{"product_id": product}), map[string]any{"thumbnail_deleted": true})
		testserver.Want(t, s.Must("get_product", map[string]any{"product_id": product}), map[string]any{"thumbnail_url": nil})
	})
	t.Run("one of the web", func(t *testing.T) {
		s, product := start(t)
		s.Must("set_thumbnail", map[string]any{"product_id": product, "url": "https://pictures.example.com/a-700x700.png"})
	})
	for name, c := range map[string]struct {
		content []byte
		code    gumroad.Code
		says    string
	}{
		"one that is no square is refused in Gumroad's words": {pngOf(t, 800, 600), gumroad.Rejected, "Please upload a square thumbnail"},
		"one that is too small":                               {pngOf(t, 599, 599), gumroad.Rejected, "please try again"},
		"one of more than 5 MB is refused before it is sent":  {append(pngOf(t, 600, 600), make([]byte, 5<<20)...), gumroad.InvalidArguments, "at most 5 MB"},
		"a document": {[]byte("%PDF-1.7"), gumroad.InvalidArguments, "application/pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, t.TempDir(), "a", c.content)
			s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(filepath.Dir(path)), testserver.Unasked)
			product := s.Highlight("product with a gallery").ID
			before := s.Must("get_product", map[string]any{"product_id": product}).JSON["thumbnail_url"]
			testserver.Says(t, s.Fails(c.code, "set_thumbnail", map[string]any{"product_id": product, "path": path}), c.says)
			testserver.Want(t, s.Must("get_product", map[string]any{"product_id": product}), map[string]any{"thumbnail_url": before})
		})
	}
	t.Run("a lost answer is unknown", func(t *testing.T) {
		s, product := start(t)
		s.Sandbox.Inject(sandbox.Fault{Method: "POST", Path: "/products/*/thumbnail", Kind: sandbox.FaultLost})
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "set_thumbnail", map[string]any{"product_id": product, "path": square}), "gumroad_get_product")
	})
	t.Run("deleting asks, and not where there is none", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "delete_thumbnail", map[string]any{"product_id": s.Highlight("product with a gallery").ID}),
			`thumbnail of "Gridsmith for Figma"`, "gridsmith-thumbnail.png")
		testserver.Says(t, s.Fails(gumroad.NotFound, "delete_thumbnail", map[string]any{"product_id": s.Highlight("digital product").ID}), "has no thumbnail")
		s.WroteNothing()
	})
}
