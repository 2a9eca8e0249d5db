package tools_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

func TestMedia(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	picture := writeFile(t, dir, "leaves.png", pngOf(t, 40, 30))
	start := func(t *testing.T) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, local(dir), testserver.Unasked)
	}
	t.Run("one of this machine is hosted and listed first", func(t *testing.T) {
		s := start(t)
		made := s.Must("add_media", map[string]any{"path": picture, "name": "Leaves"})
		rows := s.Must("list_media", nil).Rows("media")
		if len(rows) != 4 || rows[0]["id"] != made.JSON["id"] || rows[0]["name"] != "Leaves" || rows[0]["url"] == nil {
			t.Errorf("there are %v", rows)
		}
	})
	t.Run("one of the web", func(t *testing.T) {
		testserver.Want(t, start(t).Must("add_media", map[string]any{"url": "https://pictures.example.com/autumn.jpg"}),
			map[string]any{"name": "autumn", "extension": "JPG"})
	})
	t.Run("what is no picture is refused in Gumroad's words", func(t *testing.T) {
		testserver.Says(t, start(t).Fails(gumroad.Rejected, "add_media", map[string]any{"url": "https://pictures.example.com/a.pdf"}),
			`Gumroad said: "Only image files can be uploaded"`)
	})
	t.Run("a private address is refused before it is sent", func(t *testing.T) {
		s := start(t)
		s.Sandbox.ResetJournal()
		s.Fails(gumroad.InvalidArguments, "add_media", map[string]any{"url": "https://[::ffff:10.0.0.1]/a.png"})
		s.WroteNothing()
	})
	t.Run("one of more than 10 MB is refused before it is sent", func(t *testing.T) {
		s := start(t)
		s.Sandbox.ResetJournal()
		large := writeFile(t, dir, "large.png", append(pngOf(t, 10, 10), make([]byte, 10<<20)...))
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "add_media", map[string]any{"path": large}), "at most 10 MB")
		s.WroteNothing()
	})
	t.Run("a lost answer is unknown", func(t *testing.T) {
		s := start(t)
		s.Sandbox.Inject(sandbox.Fault{Method: "POST", Path: "/media", Kind: sandbox.FaultLost})
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "add_media", map[string]any{"path": picture}), "gumroad_list_media")
	})
	t.Run("a deleted one is gone", func(t *testing.T) {
		s := start(t)
		id := s.Must("list_media", nil).IDs("media")[0]
		s.Must("delete_media", map[string]any{"media_id": id})
		if left := s.Must("list_media", nil).Rows("media"); len(left) != 2 {
			t.Errorf("there are %v", left)
		}
	})
	t.Run("deleting asks, and says which products show it", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		rows := s.Must("list_media", nil).Rows("media")
		s.Must("update_product", map[string]any{"product_id": s.Highlight("draft product").ID,
			"description": `<p><img src="` + rows[0]["url"].(string) + `"></p>`})
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "delete_media", map[string]any{"media_id": rows[0]["id"]}),
			`"autumn sale"`, `These products show it: "Typography Workbook"`, "The profile and e-mails were not looked at")
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "delete_media", map[string]any{"media_id": rows[1]["id"]}),
			"No product that was looked at shows it")
		testserver.Says(t, s.Fails(gumroad.NotFound, "delete_media", map[string]any{"media_id": "nothing"}), "gumroad_list_media")
		s.WroteNothing()
	})
	t.Run("the scope is named", func(t *testing.T) {
		s := testserver.Start(t, testserver.EveryToolset, func(s *testserver.Settings) {
			s.Client.MatonKey = gumroad.Credential{}
			s.Client.GumroadToken = gumroad.NewCredential(sandbox.GumroadToken + ":account")
		})
		testserver.Says(t, s.Fails(gumroad.MissingScope, "list_media", nil), `"view_profile"`)
	})
}
