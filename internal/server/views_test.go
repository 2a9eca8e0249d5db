package server_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

const (
	viewType  = "text/html;profile=mcp-app"
	extension = "io.modelcontextprotocol/ui"
)

func withoutViews(s *testserver.Settings) { s.Tools.Views = false }

// asker sends one request and returns its result, on one transport in one era.
type asker func(t *testing.T, method string, params map[string]any) map[string]any

// everyWay runs a test over HTTP and on stdio, each in both eras. capabilities is the request whose result has them.
func everyWay(t *testing.T, test func(t *testing.T, ask asker, hello string), change ...func(*testserver.Settings)) {
	hello := map[string]string{testserver.Eras[0]: "initialize", testserver.Eras[1]: "server/discover"}
	for _, era := range testserver.Eras {
		t.Run("over HTTP in "+era, func(t *testing.T) {
			s := testserver.StartHTTP(t, change...)
			test(t, func(t *testing.T, method string, params map[string]any) (result map[string]any) {
				if failed := s.In(t).RPC(era, method, withHello(method, params), &result); failed != nil {
					t.Fatalf("%s: %+v", method, failed)
				}
				return result
			}, hello[era])
		})
		t.Run("on stdio in "+era, func(t *testing.T) {
			s := testserver.StartStdio(t, change...)
			defer s.Stop()
			test(t, func(t *testing.T, method string, params map[string]any) map[string]any {
				params = withHello(method, params)
				if era == testserver.Eras[1] {
					params["_meta"] = map[string]any{
						"io.modelcontextprotocol/protocolVersion":    era,
						"io.modelcontextprotocol/clientCapabilities": map[string]any{},
						"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "test", "version": "1"},
					}
				}
				line, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
				if err != nil {
					t.Fatal(err)
				}
				s.Send(string(line) + "\n")
				answer := s.Next()
				if answer.Error != nil {
					t.Fatalf("%s: %v", method, answer.Error)
				}
				return answer.Result
			}, hello[era])
		})
	}
}

func withHello(method string, params map[string]any) map[string]any {
	all := map[string]any{}
	if method == "initialize" {
		all = map[string]any{"protocolVersion": testserver.Eras[0], "capabilities": map[string]any{},
			"clientInfo": map[string]any{"name": "test", "version": "1"}}
	}
	maps.Copy(all, params)
	return all
}

// linked returns the views that tools/list names, by tool without the prefix, and the list without them.
func linked(t *testing.T, ask asker) (links map[string]string, rest []any) {
	links = map[string]string{}
	rest, _ = ask(t, "tools/list", nil)["tools"].([]any)
	for _, one := range rest {
		listed := one.(map[string]any)
		if meta, ok := listed["_meta"].(map[string]any); ok {
			ui := meta["ui"].(map[string]any)
			name := strings.TrimPrefix(listed["name"].(string), tool.DefaultPrefix)
			links[name] = ui["resourceUri"].(string)
			if diff := cmp.Diff(map[string]any{"ui": map[string]any{"resourceUri": links[name]}}, meta); diff != "" {
				t.Errorf("_meta of %s (-want +got):\n%s", name, diff)
			}
		}
		delete(listed, "_meta")
	}
	return links, rest
}

// listedViews returns what resources/list says of views, by address.
func listedViews(t *testing.T, ask asker) map[string]map[string]any {
	all := map[string]map[string]any{}
	rows, _ := ask(t, "resources/list", nil)["resources"].([]any)
	for _, one := range rows {
		if row := one.(map[string]any); strings.HasPrefix(row["uri"].(string), "ui://") {
			all[row["uri"].(string)] = row
		}
	}
	return all
}

// TestViews: what a host needs to show results as pages.
func TestViews(t *testing.T) {
	bordered := map[string]any{"ui": map[string]any{"prefersBorder": true}}
	everyWay(t, func(t *testing.T, ask asker, hello string) {
		capabilities, _ := ask(t, hello, nil)["capabilities"].(map[string]any)
		want := map[string]any{extension: map[string]any{"mimeTypes": []any{viewType}}}
		if diff := cmp.Diff(any(want), capabilities["extensions"]); diff != "" {
			t.Errorf("extensions (-want +got):\n%s", diff)
		}
		links, _ := linked(t, ask)
		wantLinks := map[string]string{"sales_report": "ui://gumroad/sales", "get_sale": "ui://gumroad/sale",
			"subscriber_report": "ui://gumroad/members", "list_discounts": "ui://gumroad/discounts",
			"list_payouts": "ui://gumroad/payouts"}
		if diff := cmp.Diff(wantLinks, links); diff != "" {
			t.Errorf("views of tools (-want +got):\n%s", diff)
		}
		listed := listedViews(t, ask)
		if diff := cmp.Diff(slices.Sorted(maps.Values(wantLinks)), slices.Sorted(maps.Keys(listed))); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		for uri, row := range listed {
			if diff := cmp.Diff([]any{viewType, bordered}, []any{row["mimeType"], any(row["_meta"])}); diff != "" {
				t.Errorf("%s is listed (-want +got):\n%s", uri, diff)
			}
			contents, _ := ask(t, "resources/read", map[string]any{"uri": uri})["contents"].([]any)
			if len(contents) != 1 {
				t.Fatalf("%s: want one part, got %d", uri, len(contents))
			}
			read := contents[0].(map[string]any)
			page, _ := read["text"].(string)
			if !strings.HasPrefix(page, "<!doctype html>") {
				t.Errorf("%s is no page: %.100s", uri, page)
			}
			delete(read, "text")
			if diff := cmp.Diff(map[string]any{"uri": uri, "mimeType": viewType, "_meta": any(bordered)}, read); diff != "" {
				t.Errorf("%s is read (-want +got):\n%s", uri, diff)
			}
		}
	})
}

// TestWithoutViews: the setting leaves nothing of them.
func TestWithoutViews(t *testing.T) {
	everyWay(t, func(t *testing.T, ask asker, hello string) {
		capabilities, _ := ask(t, hello, nil)["capabilities"].(map[string]any)
		if extensions, declared := capabilities["extensions"]; declared {
			t.Errorf("want no extensions, got %v", extensions)
		}
		if links, _ := linked(t, ask); len(links) > 0 {
			t.Errorf("want no links to views, got %v", links)
		}
		if listed := listedViews(t, ask); len(listed) > 0 {
			t.Errorf("want no views, got %v", listed)
		}
	}, withoutViews)
}

// TestViewsOfTools: a view is offered with its tool, and told by which names it may call which tools.
func TestViewsOfTools(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*testserver.Settings)
		uri    string
		want   map[string]any // the tools that the page is told; nil if there is no such page
	}{
		{"all are on", func(*testserver.Settings) {}, "ui://gumroad/sale", map[string]any{"get_sale": "gumroad_get_sale",
			"refund_sale": "gumroad_refund_sale", "mark_sale_shipped": "gumroad_mark_sale_shipped"}},
		{"only reads are on", func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true },
			"ui://gumroad/sale", map[string]any{"get_sale": "gumroad_get_sale"}},
		{"refunds are off", func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{"refund_sale"} },
			"ui://gumroad/sale", map[string]any{"get_sale": "gumroad_get_sale", "mark_sale_shipped": "gumroad_mark_sale_shipped"}},
		{"another prefix", func(s *testserver.Settings) { s.Tools.Prefix = "shop-" },
			"ui://gumroad/sales", map[string]any{"sales_report": "shop-sales_report"}},
		{"its tool is off", func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{"get_sale"} },
			"ui://gumroad/sale", nil},
		{"its toolset is off", func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"sales"} },
			"ui://gumroad/payouts", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := testserver.StartHTTP(t, test.change)
			var result struct{ Contents []struct{ Text string } }
			failed := s.RPC(testserver.Eras[0], "resources/read", map[string]any{"uri": test.uri}, &result)
			if test.want == nil {
				if failed == nil {
					t.Error("want no such page")
				}
				return
			}
			if failed != nil {
				t.Fatalf("%+v", failed)
			}
			_, rest, _ := strings.Cut(result.Contents[0].Text, `id="config">`)
			config, _, _ := strings.Cut(rest, "</script>")
			var told struct{ Tools map[string]any }
			if err := json.Unmarshal([]byte(config), &told); err != nil {
				t.Fatalf("%v in %q", err, config)
			}
			if diff := cmp.Diff(test.want, told.Tools); diff != "" {
				t.Errorf("it may call (-want +got):\n%s", diff)
			}
		})
	}
}

// TestViewsCostAModelNothing: with views, the list of tools differs by the links alone, and results do not differ.
func TestViewsCostAModelNothing(t *testing.T) {
	change := []func(*testserver.Settings){testserver.Unasked, testserver.FirstStore, testserver.EveryToolset}
	with, without := testserver.StartHTTP(t, change...), testserver.StartHTTP(t, append(change, withoutViews)...)
	both := func(t *testing.T, era, method string, params map[string]any) (a, b json.RawMessage) {
		if failed := with.In(t).RPC(era, method, params, &a); failed != nil {
			t.Fatalf("%s: %+v", method, failed)
		}
		if failed := without.In(t).RPC(era, method, params, &b); failed != nil {
			t.Fatalf("%s: %+v", method, failed)
		}
		return a, b
	}
	values := map[string]any{"product_id": with.Highlight("digital product").ID, "sale_id": with.Highlight("EUR sale").ID,
		"subscriber_id": with.Highlight("subscriber alive").ID, "payout_id": with.Highlight("completed payout").ID,
		"email": "tomas.sato1@example.com", "license_key": with.Highlight("working licence key").LicenseKey,
		"wait_seconds": 0, "query": "payouts", "limit": 3}
	for _, era := range testserver.Eras {
		t.Run(era, func(t *testing.T) {
			lists := make([][]any, 2)
			for i, s := range []*testserver.HTTP{with, without} {
				_, lists[i] = linked(t, func(t *testing.T, method string, params map[string]any) (result map[string]any) {
					if failed := s.In(t).RPC(era, method, params, &result); failed != nil {
						t.Fatalf("%+v", failed)
					}
					return result
				})
			}
			if diff := cmp.Diff(lists[1], lists[0]); diff != "" {
				t.Errorf("tools (-without +with):\n%s", diff)
			}
			for _, d := range with.Catalog.Definitions() {
				if d.Effect != tool.Reads && d.Name != "refund_sale" {
					continue
				}
				if d.Name == "export_sales" || d.Toolset() == "events" { // names of files and sealed cursors are random
					continue
				}
				arguments := map[string]any{}
				for name, value := range values {
					if d.Takes(name) {
						arguments[name] = value
					}
				}
				a, b := both(t, era, "tools/call", map[string]any{"name": d.FullName, "arguments": arguments})
				if string(a) != string(b) {
					t.Errorf("%s (-without +with):\n%s", d.Name, cmp.Diff(string(b), string(a)))
				}
			}
		})
	}
}
