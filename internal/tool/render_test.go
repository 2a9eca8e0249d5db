package tool_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// TestHostileTextIsCleaned reads every demo row that a hostile buyer wrote, whole and in a question.
func TestHostileTextIsCleaned(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	for _, name := range []string{"prompt injection in a name", "prompt injection in a custom field", "fake JSON",
		"bidirectional override", "zero-width characters", "tag characters", "ANSI escapes", "spreadsheet formula",
		"markdown image", "very long name"} {
		t.Run(name, func(t *testing.T) {
			s := all.In(t)
			sale := map[string]any{"sale_id": s.Highlight(name).ID}
			whole := s.Must("get_sale", sale)
			if !json.Valid([]byte(whole.Text)) {
				t.Errorf("want JSON, got %s", whole.Text)
			}
			checkClean(t, whole.JSON)
			checkClean(t, s.Fails(tool.ConfirmationRequired, "refund_sale", sale).JSON)
		})
	}
}

// checkClean looks at every text in a result, the names of members among them.
func checkClean(t *testing.T, result map[string]any) {
	t.Helper()
	found := texts(result)
	if len(found) == 0 {
		t.Error("want text, got none")
	}
	for _, text := range found {
		for _, r := range text {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r > 0xe0000 && r < 0xe1000) {
				t.Errorf("%q holds %U", text, r)
			}
		}
		if length := utf8.RuneCountInString(text); length > 900 {
			t.Errorf("want at most 900 characters, got %d: %q", length, text)
		}
	}
}

func texts(value any) []string {
	var all []string
	switch value := value.(type) {
	case string:
		all = append(all, value)
	case []any:
		for _, inner := range value {
			all = append(all, texts(inner)...)
		}
	case map[string]any:
		for name, inner := range value {
			all = append(append(all, name), texts(inner)...)
		}
	}
	return all
}

// personal is what an unmasked result shows of buyers: addresses and licence keys.
var personal = regexp.MustCompile(`[a-z0-9._+-]+@[a-z0-9.-]+|[0-9A-F]{8}(-[0-9A-F]{8}){3}`)

func TestMaskedData(t *testing.T) {
	t.Parallel()
	masking := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	open := testserver.Start(t, testserver.FirstStore)
	licence := open.Highlight("working licence key")
	for _, c := range []struct {
		name, tool string
		arguments  map[string]any
	}{
		{"in a list of sales", "list_sales", map[string]any{"limit": 50, "detail": "full"}},
		{"in a sale", "get_sale", map[string]any{"sale_id": open.Highlight("physical sale shipped").ID}},
		{"in a licence", "check_license", map[string]any{"product_id": licence.ProductID, "license_key": licence.LicenseKey}},
		{"in a list of subscribers", "list_subscribers",
			map[string]any{"product_id": open.Highlight("membership").ID, "detail": "full"}},
		{"in what one buyer has", "find_customer", map[string]any{"license_key": licence.LicenseKey}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown := personal.FindAllString(open.In(t).Must(c.tool, c.arguments).Text, -1)
			if len(shown) == 0 {
				t.Error("want something personal in the open result, got nothing")
			}
			masked := masking.In(t).Must(c.tool, c.arguments)
			testserver.SaysNot(t, masked, shown...)
			if !strings.Contains(masked.Text, "…@") && !strings.Contains(masked.Text, "[hidden]") {
				t.Errorf("want something masked, got %s", masked.Text)
			}
		})
	}
}

// TestOneRecordIsBounded has a description of the most characters that are shown, three bytes each.
func TestOneRecordIsBounded(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	product := s.Highlight("digital product").ID
	s.Must("update_product", map[string]any{"product_id": product, "description": strings.Repeat("長", 8_000)})
	whole := s.Must("get_product", map[string]any{"product_id": product})
	if len(whole.Text) > tool.MaxResult {
		t.Errorf("want at most %d bytes, got %d", tool.MaxResult, len(whole.Text))
	}
	testserver.Says(t, whole, "長… (cut: 8000 characters in all)")
}
