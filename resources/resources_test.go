package resources_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

type listed struct {
	URI, URITemplate, Name, Title, Description, MIMEType string
}

type lists struct {
	Resources         []listed
	ResourceTemplates []listed
	TTLMs             *int64
	CacheScope        string
}

type contents struct {
	Contents   []struct{ URI, MIMEType, Text string }
	TTLMs      *int64
	CacheScope string
}

// list returns the addresses of both lists.
func list(t *testing.T, s *testserver.Server, era string) (resources, templates []string) {
	t.Helper()
	var of lists
	for _, method := range []string{"resources/list", "resources/templates/list"} {
		if err := s.RPC(era, method, nil, &of); err != nil {
			t.Fatal(err)
		}
		if modern := era == testserver.Eras[1]; modern != (of.TTLMs != nil && *of.TTLMs >= 60_000 && of.CacheScope == "private") {
			t.Errorf("%s %s: ttlMs %v, cacheScope %q", era, method, of.TTLMs, of.CacheScope)
		}
	}
	names := map[string]bool{}
	for _, row := range of.Resources {
		resources = append(resources, row.URI)
		if row.Name == "" || row.Title == "" || row.Description == "" || row.MIMEType == "" || names[row.Name] {
			t.Errorf("incomplete, or its name is not its own: %+v", row)
		}
		names[row.Name] = true
	}
	clear(names)
	for _, row := range of.ResourceTemplates {
		templates = append(templates, row.URITemplate)
		if row.Name == "" || row.Title == "" || row.Description == "" || row.MIMEType == "" || names[row.Name] {
			t.Errorf("incomplete, or its name is not its own: %+v", row)
		}
		names[row.Name] = true
	}
	return resources, templates
}

// read returns the text of a resource.
func read(t *testing.T, s *testserver.Server, era, uri string) (text, mime string) {
	t.Helper()
	var of contents
	if err := s.RPC(era, "resources/read", map[string]any{"uri": uri}, &of); err != nil {
		t.Fatalf("%s: %+v", uri, err)
	}
	if len(of.Contents) != 1 || !strings.HasPrefix(of.Contents[0].URI, "gumroad://") {
		t.Fatalf("%s: %+v", uri, of)
	}
	if modern := era == testserver.Eras[1]; modern != (of.TTLMs != nil && *of.TTLMs > 0 && of.CacheScope == "private") {
		t.Errorf("%s %s: ttlMs %v, cacheScope %q", era, uri, of.TTLMs, of.CacheScope)
	}
	return of.Contents[0].Text, of.Contents[0].MIMEType
}

func topics(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("guide/*.md")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".md")
	}
	return files
}

func TestLists(t *testing.T) {
	s := testserver.Start(t)
	for _, era := range testserver.Eras {
		wantResources := []string{"gumroad://connections"}
		for _, topic := range topics(t) {
			wantResources = append(wantResources, "gumroad://guide/"+topic)
		}
		wantResources = append(wantResources, "gumroad://products", "gumroad://user")
		wantTemplates := []string{
			"gumroad://exports/{export_id}",
			"gumroad://guide/{topic}",
			"gumroad://products/{product_id}{?connection_id}",
			"gumroad://products/{product_id}/custom_fields{?connection_id}",
			"gumroad://products/{product_id}/offer_codes{?connection_id}",
			"gumroad://products/{product_id}/subscribers{?connection_id}",
			"gumroad://products/{product_id}/variant_categories{?connection_id}",
			"gumroad://products{?connection_id}",
			"gumroad://sales/{sale_id}{?connection_id}",
			"gumroad://subscribers/{subscriber_id}{?connection_id}",
			"gumroad://user{?connection_id}",
		}
		resources, templates := list(t, s, era)
		if diff := cmp.Diff(wantResources, resources); diff != "" {
			t.Error(era, diff)
		}
		if diff := cmp.Diff(wantTemplates, templates); diff != "" {
			t.Error(era, diff)
		}
		again, againTemplates := list(t, s, era)
		if !slices.Equal(resources, again) || !slices.Equal(templates, againTemplates) {
			t.Error("the order is not always the same")
		}
	}
}

// TestPolicy checks that what a policy hides, resources do not show.
func TestPolicy(t *testing.T) {
	cases := []struct {
		name           string
		change         func(*testserver.Settings)
		shown, hidden  []string
		shownTemplates []string
	}{
		{"direct", func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		}, []string{"gumroad://user", "gumroad://products", "gumroad://guide/money"}, []string{"gumroad://connections"},
			[]string{"gumroad://products/{product_id}"}},
		{"fixed connection", testserver.FirstStore, []string{"gumroad://user", "gumroad://connections"}, nil,
			[]string{"gumroad://products/{product_id}"}},
		{"toolset off", func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"sales"} },
			[]string{"gumroad://guide/money"}, []string{"gumroad://user", "gumroad://products", "gumroad://connections"},
			[]string{"gumroad://sales/{sale_id}{?connection_id}"}},
		{"tool off", func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{"list_products"} },
			[]string{"gumroad://user"}, []string{"gumroad://products"},
			[]string{"gumroad://products/{product_id}{?connection_id}"}},
		{"read-only", func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true },
			[]string{"gumroad://user", "gumroad://products", "gumroad://connections"}, nil,
			[]string{"gumroad://products/{product_id}{?connection_id}"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := testserver.Start(t, c.change)
			for _, era := range testserver.Eras {
				resources, templates := list(t, s, era)
				for _, uri := range c.shown {
					if !slices.Contains(resources, uri) {
						t.Errorf("%s is not listed", uri)
					}
					read(t, s, era, uri)
				}
				for _, uri := range c.hidden {
					if slices.Contains(resources, uri) {
						t.Errorf("%s is listed", uri)
					}
					if err := s.RPC(era, "resources/read", map[string]any{"uri": uri}, nil); err == nil {
						t.Errorf("%s can be read", uri)
					}
				}
				for _, template := range c.shownTemplates {
					if !slices.Contains(templates, template) {
						t.Errorf("%s is not among %q", template, templates)
					}
				}
			}
		})
	}
}

// TestReads reads every row in both eras and compares it with what the tool says.
func TestReads(t *testing.T) {
	s := testserver.Start(t)
	product := s.Highlight("working licence key").ProductID
	club := s.Highlight("subscriber alive").ProductID
	sale := s.Highlight("USD sale not refunded").ID
	subscriber := s.Highlight("subscriber cancelled").ID
	second, theirs := s.Highlight("second connection").ID, s.Highlight("other store's product").ID
	escaped := strings.ReplaceAll(product, "=", "%3D")
	cases := []struct {
		uri, tool string
		arguments map[string]any
	}{
		{"gumroad://user", "get_user", nil},
		{"gumroad://user?connection_id=" + second, "get_user", map[string]any{"connection_id": second}},
		{"gumroad://products", "list_products", map[string]any{"limit": 100}},
		{"gumroad://products?connection_id=" + second, "list_products", map[string]any{"limit": 100, "connection_id": second}},
		{"gumroad://products/" + product + "/offer_codes", "list_offer_codes", map[string]any{"product_id": product}},
		{"gumroad://products/" + escaped + "/offer_codes", "list_offer_codes", map[string]any{"product_id": product}},
		{"gumroad://products/" + club + "/variant_categories", "list_variant_categories", map[string]any{"product_id": club}},
		{"gumroad://products/" + club + "/custom_fields", "list_custom_fields", map[string]any{"product_id": club}},
		{"gumroad://products/" + club + "/subscribers", "list_subscribers", map[string]any{"product_id": club, "limit": 100}},
		{"gumroad://sales/" + sale, "get_sale", map[string]any{"sale_id": sale}},
		{"gumroad://subscribers/" + subscriber, "get_subscriber", map[string]any{"subscriber_id": subscriber}},
		{"gumroad://connections", "list_connections", map[string]any{"with_store": true}},
	}
	for _, c := range cases {
		want := s.Must(c.tool, c.arguments).Text
		for _, era := range testserver.Eras {
			if got, mime := read(t, s, era, c.uri); got != want || mime != "application/json" {
				t.Errorf("%s %s (%s) is not what the tool gives:\n%s\n%s", era, c.uri, mime, got, want)
			}
		}
	}
	for _, era := range testserver.Eras {
		for _, uri := range []string{"gumroad://products/" + product, "gumroad://products/" + escaped, "gumroad://products/" + theirs + "?connection_id=" + second} {
			text, _ := read(t, s, era, uri)
			var whole struct {
				ID         string
				Name       string
				OfferCodes []map[string]any `json:"offer_codes"`
			}
			if err := json.Unmarshal([]byte(text), &whole); err != nil || whole.ID == "" || whole.Name == "" || whole.OfferCodes == nil {
				t.Errorf("%s: %v\n%s", uri, err, text)
			}
		}
		if text, _ := read(t, s, era, "gumroad://connections"); strings.Contains(text, `"url"`) {
			t.Errorf("the connections show their links: %s", text)
		}
	}
	for _, entry := range s.Sandbox.Journal() {
		if entry.Committed {
			t.Errorf("a read changed something: %s %s", entry.Method, entry.Path)
		}
	}
}

// TestProductStaysWithinTheBound gives a product more codes than fit.
func TestProductStaysWithinTheBound(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	product := s.Highlight("USD sale not refunded").ProductID
	const made = 260
	for i := range made {
		s.Must("create_offer_code", map[string]any{"product_id": product, "name": "CODE" + strings.Repeat("X", i%20) + string(rune('A'+i/20)), "amount_off": 1})
	}
	text, _ := read(t, s, testserver.Eras[0], "gumroad://products/"+product)
	var whole struct {
		OfferCodes []map[string]any `json:"offer_codes"`
		LeftOut    int              `json:"left_out"`
		ID         string           `json:"id"`
	}
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatal(err)
	}
	if len(text) > tool.MaxResult || whole.ID != product || len(whole.OfferCodes) < 50 || whole.LeftOut == 0 {
		t.Errorf("%d bytes, %d codes, %d left out", len(text), len(whole.OfferCodes), whole.LeftOut)
	}
}

func TestMasking(t *testing.T) {
	s := testserver.Start(t, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	text, _ := read(t, s, testserver.Eras[1], "gumroad://sales/"+s.Highlight("working licence key").ID)
	if !strings.Contains(text, "…@") || !strings.Contains(text, "[hidden]") || strings.Contains(text, s.Highlight("working licence key").LicenseKey) {
		t.Errorf("not masked: %s", text)
	}
}

func TestGuide(t *testing.T) {
	everything := testserver.Start(t)
	for _, topic := range topics(t) {
		t.Run(topic, func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join("guide", topic+".md"))
			if err != nil {
				t.Fatal(err)
			}
			testserver.CheckTemplate(t, string(source))
			for _, era := range testserver.Eras {
				text, mime := read(t, everything, era, "gumroad://guide/"+topic)
				if mime != "text/markdown" || !strings.HasPrefix(text, "# ") || len(text) < 500 || len(text) > 8_000 ||
					!utf8.ValidString(text) || strings.Contains(text, "<no value>") || strings.Contains(text, "{{") {
					t.Errorf("%s, %d bytes:\n%s", mime, len(text), text)
				}
				testserver.CheckMentions(t, text)
			}
		})
	}
	// What is switched off is not named, and leaves no hole.
	reading := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"account"} })
	for _, topic := range topics(t) {
		text, _ := read(t, reading, testserver.Eras[0], "gumroad://guide/"+topic)
		if mentioned := testserver.CheckMentions(t, text); len(mentioned) > 0 {
			t.Errorf("%s names %q, which are off", topic, mentioned)
		}
		if strings.Contains(text, "  ") || strings.Contains(text, " .") || strings.Contains(text, " ,") {
			t.Errorf("%s has a hole:\n%s", topic, text)
		}
	}
	// Another prefix is another name.
	other := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Prefix = "shop_" })
	if text, _ := read(t, other, testserver.Eras[0], "gumroad://guide/webhooks"); !strings.Contains(text, "shop_list_webhooks") || strings.Contains(text, "gumroad_list") {
		t.Error(text)
	}
}

// TestRefusedURIs reads what is not there, in every disguise, and looks at what reaches the store.
func TestRefusedURIs(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	open := testserver.Start(t)
	product := s.Highlight("working licence key").ProductID
	uris := []string{
		"", "gumroad:", "gumroad:/", "gumroad://", "gumroad:///", "gumroad://nope", "gumroad://user/", "gumroad:///user",
		"GUMROAD://user", "gumroad://USER", "gumroad://user#fragment", "gumroad://user/me", "http://user", "file:///etc/passwd",
		"gumroad://user?x=1", "gumroad://user?connection_id=", "gumroad://user?connection_id=a&connection_id=b",
		"gumroad://user?connection_id=a%2Fb", "gumroad://user?connection_id=%zz", "gumroad://user?connection_id=a;b",
		"gumroad://user:secret@products", "gumroad://products:80", "gumroad://products/", "gumroad://products//", "gumroad://products//offer_codes",
		"gumroad://products/.", "gumroad://products/..", "gumroad://products/../user", "gumroad://products/%2e%2e", "gumroad://products/%2e%2e/offer_codes",
		"gumroad://products/..%2fuser", "gumroad://products/a%2fb", "gumroad://products/a%5cb", `gumroad://products/a\b`,
		"gumroad://products/a%00", "gumroad://products/a%0a", "gumroad://products/\u202ea", "gumroad://products/a\x00", "gumroad://products/%ff", "gumroad://products/%",
		"gumroad://products/a b", "gumroad://products/a%20b", "gumroad://products/a.json", "gumroad://products/{product_id}", "gumroad://products/é",
		"gumroad://products/" + product + "/enable", "gumroad://products/" + product + "/offer_codes/x", "gumroad://products/" + product + "?product_id=x",
		"gumroad://products/" + strings.Repeat("a", 400), "gumroad://products/" + strings.Repeat("a", 5_000), "gumroad://products/unknown",
		"gumroad://sales", "gumroad://sales/", "gumroad://sales/unknown", "gumroad://subscribers/unknown",
		"gumroad://connections?connection_id=x", "gumroad://guide", "gumroad://guide/", "gumroad://guide/nope", "gumroad://guide/money.md",
		"gumroad://guide/..%2fresources.go", "gumroad://exports", "gumroad://exports/..", "gumroad://exports/%2e%2e%2fx", "gumroad://exports/nope",
	}
	codes := map[string]int{testserver.Eras[0]: -32002, testserver.Eras[1]: -32602}
	for _, era := range testserver.Eras {
		for _, server := range []*testserver.Server{s, open} {
			for _, uri := range uris {
				if uri == "" && era == testserver.Eras[1] {
					continue // the transport refuses it first: the header that repeats it is empty
				}
				if err := server.RPC(era, "resources/read", map[string]any{"uri": uri}, nil); err == nil || err.Code != codes[era] || err.Data["uri"] == nil || len(err.Message) > 600 {
					t.Errorf("%s %q: %+v", era, uri, err)
				}
			}
			for _, entry := range server.Sandbox.Journal() {
				path := strings.TrimPrefix(entry.Path, "/gumroad/v2")
				allowed := entry.Method == "GET" && (path == "/user" || strings.HasPrefix(path, "/connections") ||
					slices.Contains([]string{"/products/unknown", "/products/unknown/offer_codes", "/sales/unknown", "/subscribers/unknown"}, path))
				if !allowed {
					t.Errorf("%s %s was asked for", entry.Method, entry.Path)
				}
			}
		}
	}
	for era, code := range codes {
		if err := open.RPC(era, "resources/read", map[string]any{"uri": "gumroad://user?connection_id=unknown"}, nil); err == nil || err.Code != code || err.Data["uri"] != "gumroad://user?connection_id=unknown" {
			t.Errorf("%s: a connection that does not exist: %+v", era, err)
		}
	}
}

// TestFailures are the errors that are not about the URI.
func TestFailures(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	s.Sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultRedirect, URL: "https://elsewhere.example.com", Path: "/user"})
	without := testserver.Start(t, func(s *testserver.Settings) { s.Client.MatonKey = gumroad.Credential{} })
	for _, era := range testserver.Eras {
		if err := without.RPC(era, "resources/read", map[string]any{"uri": "gumroad://user"}, nil); err == nil || err.Code != -32603 ||
			err.Data["code"] != "bad_credential" || !strings.Contains(err.Message, "MATON_API_KEY") {
			t.Errorf("%s: %+v", era, err)
		}
	}
	if err := s.RPC(testserver.Eras[1], "resources/read", map[string]any{"uri": "gumroad://user"}, nil); err == nil || err.Code != -32603 ||
		err.Data["code"] != "upstream_unavailable" || err.Data["retryable"] != true {
		t.Errorf("%+v", err)
	}
}

// TestNoConnection checks that reading a resource makes no connection, as a tool call would.
func TestNoConnection(t *testing.T) {
	s := testserver.Start(t)
	for _, name := range []string{"first connection", "second connection"} {
		s.Must("get_connection", map[string]any{"connection_id": s.Highlight(name).ID})
		request := map[string]any{"connection_id": s.Highlight(name).ID}
		asked := s.Fails(tool.ConfirmationRequired, "delete_connection", request)
		request["confirm_token"] = asked.JSON["confirm_token"]
		s.Must("delete_connection", request)
	}
	s.Sandbox.ResetJournal()
	for _, era := range testserver.Eras {
		if err := s.RPC(era, "resources/read", map[string]any{"uri": "gumroad://user"}, nil); err == nil || err.Data["code"] != "no_connection" ||
			!strings.Contains(err.Message, "gumroad_create_connection") {
			t.Errorf("%+v", err)
		}
		if values, _ := complete(t, s, era, "gumroad://products/{product_id}{?connection_id}", "product_id", "a", nil); len(values) > 0 {
			t.Error(values)
		}
	}
	if writes := s.Writes(); len(writes) > 0 {
		t.Error(writes)
	}
}

type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("jane@example.com") }

// TestPanic checks that a fault of our own tells the client nothing and the log where it was.
func TestPanic(t *testing.T) {
	var log logged
	s := testserver.Start(t, func(s *testserver.Settings) {
		s.Client.Transport, s.Logger = panicking{}, slog.New(slog.NewJSONHandler(&log, nil))
	})
	for _, era := range testserver.Eras {
		if err := s.RPC(era, "resources/read", map[string]any{"uri": "gumroad://products"}, nil); err == nil || err.Code != -32603 || strings.Contains(err.Message, "jane") {
			t.Errorf("%+v", err)
		}
		if values, _ := complete(t, s, era, productTemplate, "product_id", "", nil); len(values) > 0 {
			t.Error(values)
		}
	}
	if text := log.String(); strings.Count(text, `"msg":"panic"`) != 4 || !strings.Contains(text, "resources_test.go") || strings.Contains(text, "jane") {
		t.Errorf("the log: %s", text)
	}
}

// logged is a log that several goroutines write.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *logged) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }
