package resources_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// cached is how long a client may keep an answer, in the protocol that has a word for it.
type cached struct {
	TTLMs      int64
	CacheScope string
}

// inBothEras runs a test in each protocol version.
func inBothEras(t *testing.T, test func(t *testing.T, era string)) {
	for _, era := range testserver.Eras {
		t.Run(era, func(t *testing.T) { test(t, era) })
	}
}

type listed struct{ Name, Title, Description, MIMEType string }

// list returns both lists, by address, and the addresses in their order.
func list(t *testing.T, s *testserver.Server, era string) (resources, templates []string, rows []listed) {
	t.Helper()
	var of struct {
		Resources []struct {
			URI string
			listed
		}
		ResourceTemplates []struct {
			URITemplate string
			listed
		}
		cached
	}
	for _, method := range []string{"resources/list", "resources/templates/list"} {
		if err := s.RPC(era, method, nil, &of); err != nil {
			t.Fatal(err)
		}
		want := map[string]cached{testserver.Eras[1]: {300_000, "private"}}
		if diff := cmp.Diff(want[era], of.cached); diff != "" {
			t.Errorf("%s may be kept (-want +got):\n%s", method, diff)
		}
	}
	for _, row := range of.Resources {
		resources, rows = append(resources, row.URI), append(rows, row.listed)
	}
	for _, row := range of.ResourceTemplates {
		templates, rows = append(templates, row.URITemplate), append(rows, row.listed)
	}
	return resources, templates, rows
}

// read returns the text of a resource.
func read(t *testing.T, s *testserver.Server, era, uri string) (text, mime string) {
	t.Helper()
	var of struct {
		Contents []struct{ URI, MIMEType, Text string }
		cached
	}
	if err := s.RPC(era, "resources/read", map[string]any{"uri": uri}, &of); err != nil {
		t.Fatalf("%s: %+v", uri, err)
	}
	if len(of.Contents) != 1 || !strings.HasPrefix(of.Contents[0].URI, "gumroad://") {
		t.Fatalf("%s: want one part with its address, got %+v", uri, of)
	}
	if era == testserver.Eras[1] {
		if of.TTLMs <= 0 || of.CacheScope != "private" {
			t.Errorf("%s: want to be told how long it may be kept in private, got %+v", uri, of.cached)
		}
	} else if diff := cmp.Diff(cached{}, of.cached); diff != "" {
		t.Errorf("%s may be kept (-want +got):\n%s", uri, diff)
	}
	return of.Contents[0].Text, of.Contents[0].MIMEType
}

// readError is the error of a read that has to fail.
func readError(t *testing.T, s *testserver.Server, era, uri string) *testserver.RPCError {
	t.Helper()
	var of json.RawMessage
	err := s.RPC(era, "resources/read", map[string]any{"uri": uri}, &of)
	if err == nil {
		t.Fatalf("%q: want an error, got %s", uri, of)
	}
	return err
}

func withoutKey(s *testserver.Settings) { s.Client.MatonKey = gumroad.Credential{} }

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
	inBothEras(t, func(t *testing.T, era string) {
		resources, templates, rows := list(t, s, era)
		t.Run("resources, in order", func(t *testing.T) {
			want := []string{"gumroad://connections", "gumroad://events"}
			for _, topic := range topics(t) {
				want = append(want, "gumroad://guide/"+topic)
			}
			want = append(want, "gumroad://payouts", "gumroad://products", "gumroad://refund_policy", "gumroad://user",
				"ui://gumroad/discounts", "ui://gumroad/members", "ui://gumroad/payouts", "ui://gumroad/sale", "ui://gumroad/sales")
			if diff := cmp.Diff(want, resources); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
		t.Run("templates, in order", func(t *testing.T) {
			want := []string{
				"gumroad://events{?connection_id}",
				"gumroad://exports/{export_id}{?part}",
				"gumroad://guide/{topic}",
				"gumroad://payouts/{payout_id}{?connection_id}",
				"gumroad://payouts{?connection_id}",
				"gumroad://products/{product_id}{?connection_id}",
				"gumroad://products/{product_id}/custom_fields{?connection_id}",
				"gumroad://products/{product_id}/offer_codes{?connection_id}",
				"gumroad://products/{product_id}/reviews{?connection_id}",
				"gumroad://products/{product_id}/subscribers{?connection_id}",
				"gumroad://products/{product_id}/variant_categories{?connection_id}",
				"gumroad://products{?connection_id}",
				"gumroad://refund_policy{?connection_id}",
				"gumroad://sales/{sale_id}{?connection_id}",
				"gumroad://subscribers/{subscriber_id}{?connection_id}",
				"gumroad://user{?connection_id}",
			}
			if diff := cmp.Diff(want, templates); diff != "" {
				t.Errorf("templates (-want +got):\n%s", diff)
			}
		})
		t.Run("everything is described", func(t *testing.T) {
			for _, row := range rows {
				if row.Name == "" || row.Title == "" || row.Description == "" || row.MIMEType == "" {
					t.Errorf("incomplete: %+v", row)
				}
			}
		})
		t.Run("a name is used once in each list", func(t *testing.T) {
			for _, part := range [][]listed{rows[:len(resources)], rows[len(resources):]} {
				seen := map[string]bool{}
				for _, row := range part {
					if seen[row.Name] {
						t.Errorf("%s is used twice", row.Name)
					}
					seen[row.Name] = true
				}
			}
		})
		t.Run("the order is always the same", func(t *testing.T) {
			againResources, againTemplates, _ := list(t, s, era)
			got := [][]string{againResources, againTemplates}
			if diff := cmp.Diff([][]string{resources, templates}, got); diff != "" {
				t.Errorf("(-before +now):\n%s", diff)
			}
		})
	})
}

// TestPolicy checks that what a policy hides, resources do not show.
func TestPolicy(t *testing.T) {
	for _, test := range []struct {
		name          string
		change        func(*testserver.Settings)
		shown, hidden []string
		template      string
	}{
		{"without Maton", func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		}, []string{"gumroad://user", "gumroad://products", "gumroad://guide/money"}, []string{"gumroad://connections"},
			"gumroad://products/{product_id}"},
		{"with a fixed connection", testserver.FirstStore, []string{"gumroad://user", "gumroad://connections"}, nil,
			"gumroad://products/{product_id}"},
		{"with one toolset", func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"sales"} },
			[]string{"gumroad://guide/money"}, []string{"gumroad://user", "gumroad://products", "gumroad://connections"},
			"gumroad://sales/{sale_id}{?connection_id}"},
		{"without a tool", func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{"list_products"} },
			[]string{"gumroad://user"}, []string{"gumroad://products"},
			"gumroad://products/{product_id}{?connection_id}"},
		{"read-only", func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true },
			[]string{"gumroad://user", "gumroad://products", "gumroad://connections"}, nil,
			"gumroad://products/{product_id}{?connection_id}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := testserver.Start(t, test.change)
			inBothEras(t, func(t *testing.T, era string) {
				resources, templates, _ := list(t, s, era)
				for _, uri := range test.shown {
					t.Run(uri+" is listed and can be read", func(t *testing.T) {
						if !slices.Contains(resources, uri) {
							t.Errorf("it is not among %q", resources)
						}
						read(t, s, era, uri)
					})
				}
				for _, uri := range test.hidden {
					t.Run(uri+" is neither listed nor read", func(t *testing.T) {
						if slices.Contains(resources, uri) {
							t.Errorf("it is among %q", resources)
						}
						readError(t, s, era, uri)
					})
				}
				t.Run(test.template+" is listed", func(t *testing.T) {
					if !slices.Contains(templates, test.template) {
						t.Errorf("it is not among %q", templates)
					}
				})
			})
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
	s.Sandbox.ResetJournal()
	for _, test := range []struct {
		uri, tool string
		arguments map[string]any
	}{
		{"gumroad://user", "get_user", nil},
		{"gumroad://user?connection_id=" + second, "get_user", map[string]any{"connection_id": second}},
		{"gumroad://products", "list_products", map[string]any{"limit": 100}},
		{"gumroad://products?connection_id=" + second, "list_products",
			map[string]any{"limit": 100, "connection_id": second}},
		{"gumroad://products/" + product + "/offer_codes", "list_offer_codes", map[string]any{"product_id": product}},
		{"gumroad://products/" + escaped + "/offer_codes", "list_offer_codes", map[string]any{"product_id": product}},
		{"gumroad://products/" + club + "/variant_categories", "list_variant_categories",
			map[string]any{"product_id": club}},
		{"gumroad://products/" + club + "/custom_fields", "list_custom_fields", map[string]any{"product_id": club}},
		{"gumroad://products/" + club + "/subscribers", "list_subscribers",
			map[string]any{"product_id": club, "limit": 100}},
		{"gumroad://sales/" + sale, "get_sale", map[string]any{"sale_id": sale}},
		{"gumroad://subscribers/" + subscriber, "get_subscriber", map[string]any{"subscriber_id": subscriber}},
		{"gumroad://connections", "list_connections", nil},
	} {
		t.Run(test.uri+" is what "+test.tool+" says", func(t *testing.T) {
			want := []string{s.Must(test.tool, test.arguments).Text, "application/json"}
			inBothEras(t, func(t *testing.T, era string) {
				text, mime := read(t, s, era, test.uri)
				if diff := cmp.Diff(want, []string{text, mime}); diff != "" {
					t.Errorf("text and type (-want +got):\n%s", diff)
				}
			})
		})
	}
	for uri, want := range map[string]string{
		"gumroad://products/" + product:                             product,
		"gumroad://products/" + escaped:                             product,
		"gumroad://products/" + theirs + "?connection_id=" + second: theirs,
	} {
		t.Run(uri+" is the product with its codes", func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				whole := readProduct(t, s, era, uri)
				if diff := cmp.Diff(want, whole.ID); diff != "" {
					t.Errorf("id (-want +got):\n%s", diff)
				}
				if whole.Name == "" || whole.OfferCodes == nil {
					t.Errorf("want a name and codes, got %+v", whole)
				}
			})
		})
	}
	t.Run("connections do not show their links", func(t *testing.T) {
		text, _ := read(t, s, testserver.Eras[0], "gumroad://connections")
		if !strings.Contains(text, second) || strings.Contains(text, `"url"`) {
			t.Errorf("want %s and no url, got %s", second, text)
		}
	})
	t.Run("no read changes anything", func(t *testing.T) {
		for _, entry := range s.Sandbox.Journal() {
			if entry.Committed {
				t.Errorf("%s %s did", entry.Method, entry.Path)
			}
		}
	})
}

// product is what the tests look at of a product.
type product struct {
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	OfferCodes []map[string]any `json:"offer_codes"`
	LeftOut    int              `json:"left_out"`
	size       int
}

func readProduct(t *testing.T, s *testserver.Server, era, uri string) product {
	t.Helper()
	text, _ := read(t, s, era, uri)
	whole := product{size: len(text)}
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatalf("%s: %v\n%s", uri, err, text)
	}
	return whole
}

// TestProductStaysWithinTheBound gives a product more codes than fit.
func TestProductStaysWithinTheBound(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	id := s.Highlight("USD sale not refunded").ProductID
	const made = 260
	there := made + len(readProduct(t, s, testserver.Eras[0], "gumroad://products/"+id).OfferCodes)
	for i := range made {
		name := "CODE" + strings.Repeat("X", i%20) + string(rune('A'+i/20))
		s.Must("create_offer_code", map[string]any{"product_id": id, "name": name, "amount_off_cents": 1})
	}
	whole := readProduct(t, s, testserver.Eras[0], "gumroad://products/"+id)
	t.Run("it is no longer than a result", func(t *testing.T) {
		if whole.size > tool.MaxResult {
			t.Errorf("want at most %d bytes, got %d", tool.MaxResult, whole.size)
		}
	})
	t.Run("it is the product", func(t *testing.T) {
		if diff := cmp.Diff(id, whole.ID); diff != "" {
			t.Errorf("id (-want +got):\n%s", diff)
		}
	})
	t.Run("many codes fit", func(t *testing.T) {
		if shown := len(whole.OfferCodes); shown < 50 {
			t.Errorf("want 50 at least, got %d", shown)
		}
	})
	t.Run("the others are counted", func(t *testing.T) {
		if counted := len(whole.OfferCodes) + whole.LeftOut; counted != there {
			t.Errorf("want %d shown or left out, got %d", there, counted)
		}
	})
}

func TestMasking(t *testing.T) {
	s := testserver.Start(t, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	sale := s.Highlight("working licence key")
	text, _ := read(t, s, testserver.Eras[1], "gumroad://sales/"+sale.ID)
	for _, part := range []string{"…@", "[hidden]"} {
		if !strings.Contains(text, part) {
			t.Errorf("want %s, got %s", part, text)
		}
	}
	if strings.Contains(text, sale.LicenseKey) {
		t.Errorf("the licence key is shown: %s", text)
	}
}

func TestGuide(t *testing.T) {
	everything := testserver.Start(t, testserver.EveryToolset)
	few := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"account"} })
	holes := func(t *testing.T, text string, holes ...string) {
		t.Helper()
		for _, hole := range holes {
			if strings.Contains(text, hole) {
				t.Errorf("it has the hole %q:\n%s", hole, text)
			}
		}
	}
	for _, topic := range topics(t) {
		t.Run(topic+" asks for the tools it names", func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join("guide", topic+".md"))
			if err != nil {
				t.Fatal(err)
			}
			testserver.CheckTemplate(t, string(source))
		})
		t.Run(topic+" is a page of Markdown", func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				text, mime := read(t, everything, era, "gumroad://guide/"+topic)
				if diff := cmp.Diff("text/markdown", mime); diff != "" {
					t.Errorf("type (-want +got):\n%s", diff)
				}
				if !strings.HasPrefix(text, "# ") || !utf8.ValidString(text) {
					t.Errorf("want a heading and UTF-8, got %q", text)
				}
				if len(text) < 500 || len(text) > 8_000 {
					t.Errorf("want 500 to 8,000 bytes, got %d", len(text))
				}
				holes(t, text, "<no value>", "{{tool", "{{with", "{{-", "{{end")
				testserver.CheckMentions(t, text)
			})
		})
		t.Run(topic+" does not name tools that are off, and has no hole there", func(t *testing.T) {
			text, _ := read(t, few, testserver.Eras[0], "gumroad://guide/"+topic)
			if mentioned := testserver.CheckMentions(t, text); len(mentioned) > 0 {
				t.Errorf("it names %q", mentioned)
			}
			holes(t, text, "  ", " .", " ,")
		})
	}
	t.Run("tools go by their prefix", func(t *testing.T) {
		s := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Prefix = "shop_" })
		text, _ := read(t, s, testserver.Eras[0], "gumroad://guide/webhooks")
		if !strings.Contains(text, "shop_list_webhooks") || strings.Contains(text, "gumroad_list") {
			t.Errorf("want shop_ and not gumroad_, got %s", text)
		}
	})
}

// notFound is the code of a URI that names nothing, by protocol version.
var notFound = map[string]int{testserver.Eras[0]: -32002, testserver.Eras[1]: -32602}

// TestRefusedURIs reads what is not there, in every disguise, and looks at what reaches the store.
func TestRefusedURIs(t *testing.T) {
	const anID = "A-m3CDDC5dlrSdKZp0RFhA=="
	uris := []string{
		"", "gumroad:", "gumroad:/", "gumroad://", "gumroad:///", "gumroad://nope", "gumroad://user/", "gumroad:///user",
		"GUMROAD://user", "gumroad://USER", "gumroad://user#fragment", "gumroad://user/me", "http://user",
		"file:///etc/passwd", "gumroad://user?x=1", "gumroad://user?connection_id=",
		"gumroad://user?connection_id=a&connection_id=b",
		"gumroad://user?connection_id=a%2Fb", "gumroad://user?connection_id=%zz", "gumroad://user?connection_id=a;b",
		"gumroad://user:secret@products", "gumroad://products:80", "gumroad://products/", "gumroad://products//",
		"gumroad://products//offer_codes", "gumroad://products/.", "gumroad://products/..", "gumroad://products/../user",
		"gumroad://products/%2e%2e", "gumroad://products/%2e%2e/offer_codes", "gumroad://products/..%2fuser",
		"gumroad://products/a%2fb", "gumroad://products/a%5cb", `gumroad://products/a\b`, "gumroad://products/a%00",
		"gumroad://products/a%0a", "gumroad://products/\u202ea", "gumroad://products/a\x00", "gumroad://products/%ff",
		"gumroad://products/%", "gumroad://products/a b", "gumroad://products/a%20b", "gumroad://products/a.json",
		"gumroad://products/{product_id}", "gumroad://products/é", "gumroad://products/" + anID + "/enable",
		"gumroad://products/" + anID + "/offer_codes/x", "gumroad://products/" + anID + "?product_id=x",
		"gumroad://products/" + strings.Repeat("a", 400), "gumroad://products/" + strings.Repeat("a", 5_000),
		"gumroad://products/unknown", "gumroad://sales", "gumroad://sales/", "gumroad://sales/unknown",
		"gumroad://subscribers/unknown", "gumroad://connections?connection_id=x", "gumroad://guide", "gumroad://guide/",
		"gumroad://guide/nope", "gumroad://guide/money.md", "gumroad://guide/..%2fresources.go", "gumroad://exports",
		"gumroad://exports/..", "gumroad://exports/%2e%2e%2fx", "gumroad://exports/nope",
	}
	for name, change := range map[string]func(*testserver.Settings){
		"with a fixed connection": testserver.FirstStore,
		"with any connection":     func(*testserver.Settings) {},
	} {
		t.Run(name, func(t *testing.T) {
			s := testserver.Start(t, change)
			inBothEras(t, func(t *testing.T, era string) {
				for _, uri := range uris {
					if uri == "" && era == testserver.Eras[1] {
						continue // the transport refuses it first: the header that repeats it is empty
					}
					t.Run(fmt.Sprintf("%.60q", uri), func(t *testing.T) {
						err := readError(t, s, era, uri)
						if diff := cmp.Diff(notFound[era], err.Code); diff != "" {
							t.Errorf("code (-want +got):\n%s\n%+v", diff, err)
						}
						if err.Data["uri"] == nil || len(err.Message) > 600 {
							t.Errorf("want the URI as data and a short message, got %+v", err)
						}
					})
				}
			})
			t.Run("only what could be there was asked for", func(t *testing.T) {
				allowed := []string{"GET /gumroad/v2/user", "GET /gumroad/v2/products", "GET /gumroad/v2/products/unknown",
					"GET /gumroad/v2/products/unknown/offer_codes", "GET /gumroad/v2/sales/unknown",
					"GET /gumroad/v2/subscribers/unknown"}
				for _, request := range s.Requests() {
					if !slices.Contains(allowed, request) && !strings.HasPrefix(request, "GET /connections") {
						t.Errorf("%s was", request)
					}
				}
			})
		})
	}
}

// TestFailures are the errors of reads that are well-formed.
func TestFailures(t *testing.T) {
	redirected := testserver.Start(t, testserver.FirstStore)
	redirect := sandbox.Fault{Kind: sandbox.FaultRedirect, URL: "https://elsewhere.example.com", Path: "/user"}
	redirected.Sandbox.Inject(redirect)
	keyless, open := testserver.Start(t, withoutKey), testserver.Start(t)
	const user, elsewhere = "gumroad://user", "gumroad://user?connection_id=unknown"
	inBothEras(t, func(t *testing.T, era string) {
		for _, test := range []struct {
			name string
			s    *testserver.Server
			uri  string
			code int
			data map[string]any
			says string
		}{
			{"without a credential", keyless, user, -32603,
				map[string]any{"uri": user, "code": "bad_credential", "retryable": false}, "MATON_API_KEY"},
			{"of an upstream that leads elsewhere", redirected, user, -32603,
				map[string]any{"uri": user, "code": "upstream_unavailable", "retryable": true}, ""},
			{"of a connection that does not exist", open, elsewhere, notFound[era], map[string]any{"uri": elsewhere}, ""},
		} {
			t.Run(test.name, func(t *testing.T) {
				err := readError(t, test.s, era, test.uri)
				want := &testserver.RPCError{Code: test.code, Data: test.data, Message: err.Message}
				if diff := cmp.Diff(want, err); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				if !strings.Contains(err.Message, test.says) {
					t.Errorf("want %q, got %q", test.says, err.Message)
				}
			})
		}
	})
}

// TestNoConnection checks that reading a resource makes no connection, as a tool call would.
func TestNoConnection(t *testing.T) {
	s := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Confirm = tool.ConfirmNever })
	for _, name := range []string{"first connection", "second connection"} {
		s.Must("delete_connection", map[string]any{"connection_id": s.Highlight(name).ID})
	}
	s.Sandbox.ResetJournal()
	inBothEras(t, func(t *testing.T, era string) {
		t.Run("a read says how to connect", func(t *testing.T) {
			err := readError(t, s, era, "gumroad://user")
			if diff := cmp.Diff("no_connection", err.Data["code"]); diff != "" {
				t.Errorf("code (-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Message, "gumroad_create_connection") {
				t.Errorf("want the tool that connects, got %q", err.Message)
			}
		})
		t.Run("a completion has no values", func(t *testing.T) {
			if got := complete(t, s, era, productTemplate, "product_id", "a", nil); len(got) > 0 {
				t.Errorf("got %q", got)
			}
		})
	})
	t.Run("no connection is made", func(t *testing.T) {
		if writes := s.Writes(); len(writes) > 0 {
			t.Errorf("got %q", writes)
		}
	})
}

type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("jane@example.com") }

// TestPanic checks that a fault of our own tells the client nothing and the log where it was.
func TestPanic(t *testing.T) {
	s := testserver.Start(t, func(s *testserver.Settings) { s.Client.Transport = panicking{} })
	inBothEras(t, func(t *testing.T, era string) {
		t.Run("a read fails and tells nothing", func(t *testing.T) {
			err := readError(t, s, era, "gumroad://products")
			if err.Code != -32603 || strings.Contains(err.Message, "jane") {
				t.Errorf("want -32603 that does not say jane, got %+v", err)
			}
		})
		t.Run("a completion has no values", func(t *testing.T) {
			if got := complete(t, s, era, productTemplate, "product_id", "", nil); len(got) > 0 {
				t.Errorf("got %q", got)
			}
		})
	})
	t.Run("the log says where, once for each, and not what", func(t *testing.T) {
		log := s.Log.String()
		if diff := cmp.Diff(2*len(testserver.Eras), strings.Count(log, "msg=panic")); diff != "" {
			t.Errorf("panics (-want +got):\n%s", diff)
		}
		if !strings.Contains(log, "resources_test.go") || strings.Contains(log, "jane") {
			t.Errorf("want resources_test.go and not jane, got %s", log)
		}
	})
}
