package reports_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// onThisMachine makes results show the file's path.
func onThisMachine(s *testserver.Settings) { s.Local = true }

// TestExportSales reads the files back and compares them, and the totals, with the plain list.
func TestExportSales(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, smallStore, onThisMachine)
	sales := books{t, all.Sandbox}.sales()
	book := all.Highlight("product with variants").ID
	inOctober := func(row map[string]any) bool { // by the store's clock
		at, err := time.Parse(time.RFC3339, row["created_at"].(string))
		return err == nil && at.In(losAngeles(t)).Format("2006-01") == "2026-10"
	}
	for _, c := range []struct {
		name      string
		arguments map[string]any
		keep      func(map[string]any) bool
	}{
		{"a month", map[string]any{"period": "2026-10"}, inOctober},
		{"a month as JSON lines", map[string]any{"period": "2026-10", "format": "jsonl"},
			inOctober},
		{"one product", map[string]any{"product_id": "qtgrd"},
			func(row map[string]any) bool { return row["product_id"] == book }},
		{"everything", nil, everything},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := map[string]string{}
			var kept []map[string]any
			for _, row := range sales {
				if c.keep(row) {
					kept = append(kept, row)
					want[row["id"].(string)] = row["price"].(json.Number).String()
				}
			}
			answer := all.In(t).Must("export_sales", c.arguments)
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
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("sales and their prices (-want +got):\n%s", diff)
			}
			if len(lines) != len(want) {
				t.Errorf("want %d lines, got %d", len(want), len(lines))
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			sums := sum(t, kept, "2000-01-01", "2100-01-01", everything, nil)
			testserver.Want(t, answer, map[string]any{"rows": len(kept), "gross_cents": sums.gross, "refunds_cents": sums.refunds,
				"fees_cents": sums.fees, "units": sums.units, "complete": true, "bytes": info.Size()})
			for _, row := range kept[:3] { // rows are in the file, and only there
				testserver.SaysNot(t, answer, row["id"].(string))
			}
		})
	}
	t.Run("answers stay questions and answers in JSON lines", func(t *testing.T) {
		path := all.In(t).Must("export_sales", map[string]any{"format": "jsonl"}).JSON["path"].(string)
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for line := range strings.Lines(string(file)) {
			var row struct {
				CustomFields map[string]any `json:"custom_fields"`
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatal(err)
			}
			found += len(row.CustomFields)
		}
		if found == 0 {
			t.Error("there are no answers")
		}
	})
	t.Run("an unknown product is not found", func(t *testing.T) {
		all.In(t).Fails(gumroad.NotFound, "export_sales", map[string]any{"product_id": "nothing"})
	})
	t.Run("another format is refused", func(t *testing.T) {
		refused := all.In(t).Fails(gumroad.InvalidArguments, "export_sales", map[string]any{"format": "xlsx"})
		testserver.Says(t, refused, "format must be one of csv, jsonl")
	})
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
	t.Parallel()
	t.Run("the demo store", func(t *testing.T) {
		s := testserver.Start(t, smallStore, onThisMachine)
		formula := false
		for _, line := range readExport(t, s.Must("export_sales", nil).JSON["path"].(string)) {
			for name, cell := range line {
				_, notANumber := strconv.Atoi(cell)
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") && notANumber != nil {
					t.Errorf("%s begins a formula: %q", name, cell)
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
	})
	var sales []map[string]any
	for _, name := range []string{
		"+1+1", "-1", "@SUM(A1)", "\t=1", " =1", "'=1", "\"=1", "＝1+1", "＠x", "\n-1", "%0", "|calc", "\tx",
		"a;=1;b", "a\n=1", "a;\t \"=1", "a;b\tc", "=cmd|'/C calc'!A0", "x;+cmd|'/C calc'!A0",
		"\u1680=1", "\u2000=1", "\u200a=1", "\u202f=1", "\u205f=1", "\u3000=1", "a;\u2003=1",
	} {
		sales = append(sales, map[string]any{
			"id": strconv.Itoa(len(sales)), "created_at": "2026-10-05T12:00:00Z", "price": 0, "full_name": name})
	}
	t.Run("names that begin like formulas", func(t *testing.T) {
		s := startCanned(t, canned{sales: sales})
		answer := s.Must("export_sales", map[string]any{"period": "2026-10-05"})
		var got []string
		for _, line := range readExport(t, answer.JSON["path"].(string)) {
			got = append(got, line["full_name"])
		}
		want := []string{"'+1+1", "'-1", "'@SUM(A1)", "'\t'=1", "' =1", "''=1", "'\"=1", "'＝1+1", "'＠x", "'\n'-1", "'%0",
			"'|calc", "'\tx", "a;'=1;b", "a\n'=1", "a;'\t' \"=1", "a;b\tc", "'=cmd|'/C calc'!A0", "x;'+cmd|'/C calc'!A0",
			"'\u1680=1", "'\u2000=1", "'\u200a=1", "'\u202f=1", "'\u205f=1", "'\u3000=1", "a;'\u2003=1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("names in the file (-want +got):\n%s", diff)
		}
	})
}

// TestExportIsInertInEveryDialect reads a file of tricky names as spreadsheets of other countries do.
func TestExportIsInertInEveryDialect(t *testing.T) {
	t.Parallel()
	tricky := rapid.StringOfN(rapid.SampledFrom([]rune("ab1=+-@|%＝;,\t\n\"' \u00a0")), 0, 12, -1)
	var sales []map[string]any
	for i := range 600 {
		sales = append(sales, map[string]any{"id": "s" + strconv.Itoa(i), "created_at": "2026-10-05T12:00:00Z", "price": 0,
			"full_name": tricky.Example(3 * i), "street_address": tricky.Example(3*i + 1), "city": tricky.Example(3*i + 2)})
	}
	answer := startCanned(t, canned{sales: sales}).Must("export_sales", map[string]any{"period": "2026-10-05"})
	data, err := os.ReadFile(answer.JSON["path"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		separator rune
		quotes    bool
	}{
		{"commas", ',', true}, {"semicolons", ';', true}, {"tabs", '\t', true},
		{"semicolons, and quotes are text", ';', false}, {"tabs, and quotes are text", '\t', false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cells := split(string(data), c.separator, c.quotes)
			if len(cells) < 600 {
				t.Errorf("want a cell of every sale, got %d", len(cells))
			}
			for _, cell := range cells {
				begins := strings.TrimLeft(cell, " \t\r\n\u00a0\"")
				if begins != "" && strings.ContainsRune("=+-@|%＝", []rune(begins)[0]) {
					t.Errorf("a formula: %q", cell)
				}
			}
		})
	}
}

// split reads a file as cells of one dialect. A quotation mark counts only where a cell begins.
func split(data string, separator rune, quotes bool) (cells []string) {
	var cell strings.Builder
	inside, begins := false, true
	runes := []rune(data)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case inside && r == '"' && i+1 < len(runes) && runes[i+1] == '"':
			cell.WriteRune(r)
			i++
		case r == '"' && (inside || quotes && begins):
			inside = !inside
		case !inside && (r == separator || r == '\n'):
			cells = append(cells, cell.String())
			cell.Reset()
			begins = true
			continue
		default:
			cell.WriteRune(r)
		}
		begins = false
	}
	return append(cells, cell.String())
}

func TestExportMasked(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore, onThisMachine, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	path := s.Must("export_sales", map[string]any{"from": "2026-11-01"}).JSON["path"].(string)
	names, keys := 0, 0
	for _, line := range readExport(t, path) {
		if !strings.Contains(line["email"], "…@") {
			t.Errorf("want the e-mail masked, got %q", line["email"])
		}
		if name := line["full_name"]; name != "" {
			if names++; name != "[hidden]" {
				t.Errorf("want the name hidden, got %q", name)
			}
		}
		if key := line["license_key"]; key != "" {
			if keys++; len(key) > 8 {
				t.Errorf("want the licence key masked, got %q", key)
			}
		}
	}
	if names == 0 || keys == 0 {
		t.Errorf("want names and keys to look at, got %d and %d", names, keys)
	}
}
