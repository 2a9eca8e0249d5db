package tools_test

import (
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// onThisMachine makes results show the file's path.
func onThisMachine(s *testserver.Settings) { s.Local = true }

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// TestExportSales reads the files back and compares them, and the totals, with the plain list.
func TestExportSales(t *testing.T) {
	s := testserver.Start(t, smallStore, onThisMachine)
	all := books{t, s.Sandbox}.sales()
	book := s.Highlight("product with variants").ID
	for _, c := range []struct {
		arguments map[string]any
		keep      func(map[string]any) bool
	}{
		{map[string]any{"after": "2026-10-01", "before": "2026-11-01"}, func(row map[string]any) bool {
			return strings.HasPrefix(row["created_at"].(string), "2026-10")
		}},
		{map[string]any{"after": "2026-10-01", "before": "2026-11-01", "format": "jsonl"}, func(row map[string]any) bool {
			return strings.HasPrefix(row["created_at"].(string), "2026-10")
		}},
		{map[string]any{"product_id": "qtgrd"}, func(row map[string]any) bool { return row["product_id"] == book }},
		{map[string]any{}, everything},
	} {
		answer := s.Must("export_sales", c.arguments)
		want := map[string]string{}
		var kept []map[string]any
		for _, row := range all {
			if c.keep(row) {
				kept = append(kept, row)
				want[row["id"].(string)] = row["price"].(json.Number).String()
			}
		}
		path := answer.JSON["path"].(string)
		lines := readExport(t, path)
		got := map[string]string{}
		for _, line := range lines {
			id := line["id"]
			if strings.HasSuffix(path, ".csv") {
				id = strings.TrimPrefix(id, "'") // of one that begins with a sign
			}
			got[id] = line["price_usd_cents"]
		}
		if diff := cmp.Diff(want, got); diff != "" || len(lines) != len(want) {
			t.Errorf("%v: %d lines of %d\n%s", c.arguments, len(lines), len(want), diff)
		}
		sums := sum(t, kept, "2000-01-01", "2100-01-01", everything, nil)
		if answer.JSON["rows"] != float64(len(kept)) || answer.JSON["gross"] != float64(sums.gross) || answer.JSON["refunds"] != float64(sums.refunds) ||
			answer.JSON["fees"] != float64(sums.fees) || answer.JSON["units"] != float64(sums.units) || answer.JSON["complete"] != true {
			t.Errorf("%v: %s", c.arguments, answer.Text)
		}
		if mode(t, path) != 0o600 || mode(t, filepath.Dir(path)) != 0o700 {
			t.Errorf("%s is open to others", path)
		}
		if info, err := os.Stat(path); err != nil || float64(info.Size()) != answer.JSON["bytes"] {
			t.Errorf("%v bytes of %v", answer.JSON["bytes"], info.Size())
		}
		if uri := answer.JSON["resource"].(string); !slices.Equal(answer.Links, []string{uri}) {
			t.Errorf("%s is not linked: %v", uri, answer.Links)
		}
		for _, row := range kept[:3] { // rows are in the file, and only there
			if strings.Contains(answer.Text, row["id"].(string)) {
				t.Errorf("a row is in the result: %s", answer.Text)
			}
		}
	}
	s.Fails(gumroad.NotFound, "export_sales", map[string]any{"product_id": "nothing"})
	s.Fails(gumroad.InvalidArguments, "export_sales", map[string]any{"format": "xlsx"})
}

// readExport reads either format as lines of named cells.
func readExport(t *testing.T, path string) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]string
	if strings.HasSuffix(path, ".jsonl") {
		for line := range strings.Lines(string(data)) {
			var cells map[string]any
			decoder := json.NewDecoder(strings.NewReader(line))
			decoder.UseNumber()
			if err := decoder.Decode(&cells); err != nil {
				t.Fatal(err)
			}
			named := map[string]string{}
			for name, cell := range cells {
				switch cell := cell.(type) {
				case string:
					named[name] = cell
				case json.Number:
					named[name] = cell.String()
				case bool:
					named[name] = strconv.FormatBool(cell)
				}
			}
			lines = append(lines, named)
		}
		return lines
	}
	records, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		named := map[string]string{}
		for i, cell := range record {
			named[records[0][i]] = cell
		}
		lines = append(lines, named)
	}
	return lines
}

// TestExportIsInert: no cell that a buyer wrote begins a formula, and nothing hides in it.
func TestExportIsInert(t *testing.T) {
	s := testserver.Start(t, smallStore, onThisMachine)
	lines := readExport(t, s.Must("export_sales", nil).JSON["path"].(string))
	formula := false
	for _, line := range lines {
		for name, cell := range line {
			_, notANumber := strconv.Atoi(cell)
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") && notANumber != nil {
				t.Errorf("%s: %q", name, cell)
			}
			if strings.ContainsAny(cell, "\u202e\u200b\x1b\x07") {
				t.Errorf("%s has hidden characters: %q", name, cell)
			}
		}
		formula = formula || strings.HasPrefix(line["full_name"], "'=HYPERLINK(")
	}
	if !formula {
		t.Error("the sale with a formula is not there")
	}
	for _, name := range []string{"+1+1", "-1", "@SUM(A1)", "\t=1", " =1", "'=1", "\"=1", "＝1+1", "＠x", "\n-1", "%0", "|calc"} {
		s := testserver.Start(t, onThisMachine, func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
			s.Client.Transport = canned{sales: []map[string]any{{"id": "1", "created_at": "2026-10-05T12:00:00Z", "price": 0, "full_name": name}}}
		})
		lines := readExport(t, s.Must("export_sales", map[string]any{"after": "2026-10-05", "before": "2026-10-06"}).JSON["path"].(string))
		if got := lines[0]["full_name"]; got != "'"+name {
			t.Errorf("%q became %q", name, got)
		}
	}
}

// TestExportsEnd: the files go with the server, unless they are to be kept; a half-written one never stays.
func TestExportsEnd(t *testing.T) {
	for _, keep := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "exports")
		exports := tool.NewExports(dir, keep)
		s := testserver.Start(t, smallStore, onThisMachine, func(s *testserver.Settings) { s.Tools.Exports = exports })
		answer := s.Must("export_sales", map[string]any{"after": "2026-11-01"})
		path := answer.JSON["path"].(string)
		if filepath.Dir(path) != dir || answer.JSON["kept"] != keep {
			t.Errorf("%s", answer.Text)
		}
		s.Sandbox.Inject(sandbox.Fault{Path: "/sales", Kind: sandbox.FaultStatus, Status: 403, After: 3})
		s.Fails(gumroad.MissingScope, "export_sales", nil)
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("%d files, %v", len(files), err)
		}
		if err := exports.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); (err == nil) != keep {
			t.Errorf("keep %v: %v", keep, err)
		}
	}
	// A directory of our own goes as well.
	exports := tool.NewExports("", false)
	s := testserver.Start(t, smallStore, onThisMachine, func(s *testserver.Settings) { s.Tools.Exports = exports })
	dir := filepath.Dir(s.Must("export_sales", map[string]any{"after": "2026-11-01"}).JSON["path"].(string))
	if err := exports.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is still there", dir)
	}
}

// TestExportDirectoryMustBePrivate: buyers' data is not written where others can read it.
func TestExportDirectoryMustBePrivate(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := testserver.Start(t, smallStore, func(s *testserver.Settings) { s.Tools.Exports = tool.NewExports(dir, false) })
	answer := s.Fails(gumroad.NotAllowed, "export_sales", nil)
	if strings.Contains(answer.Text, dir) {
		t.Error("the path is told to the client")
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d files", len(files))
	}
}

// TestExportResource: the file is read back by whoever had it written, and by nobody else.
func TestExportResource(t *testing.T) {
	s := testserver.Start(t, smallStore)
	answer := s.Must("export_sales", map[string]any{"after": "2026-11-01"})
	if answer.JSON["path"] != nil {
		t.Error("a client elsewhere was told a path")
	}
	var read struct {
		Contents []struct{ MIMEType, Text string }
	}
	for _, era := range testserver.Eras {
		if err := s.RPC(era, "resources/read", map[string]any{"uri": answer.JSON["resource"]}, &read); err != nil {
			t.Fatal(err)
		}
		if got := read.Contents[0]; got.MIMEType != "text/csv" || float64(len(got.Text)) != answer.JSON["bytes"] {
			t.Errorf("%s, %d bytes", got.MIMEType, len(got.Text))
		}
		if err := s.RPC(era, "resources/read", map[string]any{"uri": "gumroad://exports/0123456789abcdef"}, nil); err == nil {
			t.Error("an export that is not there was read")
		}
	}
}

func TestExportMasked(t *testing.T) {
	s := testserver.Start(t, smallStore, onThisMachine, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	for _, line := range readExport(t, s.Must("export_sales", map[string]any{"after": "2026-11-01"}).JSON["path"].(string)) {
		if !strings.Contains(line["email"], "…@") || line["full_name"] != "" && line["full_name"] != "[hidden]" || len(line["license_key"]) > 8 {
			t.Errorf("%v", line)
		}
	}
}
