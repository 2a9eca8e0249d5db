package prompts_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// UPDATE_GOLDEN=1 go test ./prompts rewrites what agents are told; review the difference.
var update = os.Getenv("UPDATE_GOLDEN") != ""

type given map[string]string

type sample struct {
	golden, prompt string
	given          given
}

// samples is every prompt with arguments that a person might give: at least one of each, and one for every branch.
var samples = []sample{
	{"connect_store", "connect_store", nil},
	{"monthly_review", "monthly_review", given{"month": "2026-10"}},
	{"monthly_review.default", "monthly_review", given{"month": ""}},
	{"monthly_review.unfinished", "monthly_review", given{"month": "2026-11"}},
	{"launch_discount.percent", "launch_discount", given{"product": "Ink & Wash: 48 Brushes", "percent": "30", "max_uses": "50"}},
	{"launch_discount.amount", "launch_discount", given{"product": "和紙テクスチャ集", "amount": "4.50"}},
	{"launch_discount.whole", "launch_discount", given{"product": "Ink & Wash", "amount": "5"}},
	{"refund_request.email", "refund_request", given{"email": "jane@example.com"}},
	{"refund_request.order", "refund_request", given{"order_id": "524459935"}},
	{"license_support", "license_support", given{"product": "Layout Lint", "license_key": "85DB562A-C11D4B06-A2335A6B-8C079166"}},
	{"license_support.no_key", "license_support", given{"product": "Layout Lint"}},
	{"webhook_setup", "webhook_setup", given{"url": "https://hooks.example.com/gumroad", "events": "sale, subscription_ended"}},
	{"webhook_setup.default", "webhook_setup", given{"url": "https://hooks.example.com/gumroad"}},
	{"store_audit", "store_audit", nil},
}

func get(t *testing.T, s *testserver.Server, era, name string, arguments given) (string, *testserver.RPCError) {
	t.Helper()
	var of struct {
		Description string
		Messages    []struct {
			Role    string
			Content struct{ Type, Text string }
		}
	}
	params := map[string]any{"name": name}
	if arguments != nil {
		params["arguments"] = arguments
	}
	if err := s.RPC(era, "prompts/get", params, &of); err != nil {
		return "", err
	}
	if len(of.Messages) != 1 || of.Messages[0].Role != "user" || of.Messages[0].Content.Type != "text" || of.Description == "" {
		t.Fatalf("%s: %+v", name, of)
	}
	return of.Messages[0].Content.Text, nil
}

type row struct {
	Name, Title, Description string
	Arguments                []struct {
		Name, Title, Description string
		Required                 bool
	}
}

func list(t *testing.T, s *testserver.Server, era string) (rows []row, names []string) {
	t.Helper()
	var of struct {
		Prompts    []row
		TTLMs      *int64
		CacheScope string
	}
	if err := s.RPC(era, "prompts/list", nil, &of); err != nil {
		t.Fatal(err)
	}
	if modern := era == testserver.Eras[1]; modern != (of.TTLMs != nil && *of.TTLMs >= 60_000 && of.CacheScope == "private") {
		t.Errorf("%s: ttlMs %v, cacheScope %q", era, of.TTLMs, of.CacheScope)
	}
	for _, row := range of.Prompts {
		names = append(names, row.Name)
	}
	return of.Prompts, names
}

func TestList(t *testing.T) {
	s := testserver.Start(t)
	want := []string{"connect_store", "launch_discount", "license_support", "monthly_review", "refund_request", "store_audit", "webhook_setup"}
	for _, era := range testserver.Eras {
		rows, names := list(t, s, era)
		if diff := cmp.Diff(want, names); diff != "" {
			t.Error(diff)
		}
		for _, row := range rows {
			if row.Title == "" || row.Description == "" {
				t.Errorf("%+v", row)
			}
			for _, argument := range row.Arguments {
				if argument.Title == "" || argument.Description == "" {
					t.Errorf("%s: %+v", row.Name, argument)
				}
			}
		}
	}
}

// withoutReports are those whose texts show another way where the reports are switched off.
var withoutReports = []sample{
	{"monthly_review.without_reports", "monthly_review", given{"month": "2026-10"}},
	{"refund_request.without_reports", "refund_request", given{"email": "jane@example.com"}},
	{"store_audit.without_reports", "store_audit", nil},
}

func TestGolden(t *testing.T) {
	expected := map[string]bool{}
	seen := map[string]bool{}
	everything := testserver.Start(t)
	plain := testserver.Start(t, func(s *testserver.Settings) {
		for _, set := range tools.Toolsets() {
			if set.Name != "reports" {
				s.Tools.Policy.Toolsets = append(s.Tools.Policy.Toolsets, set.Name)
			}
		}
	})
	for i, sample := range slices.Concat(samples, withoutReports) {
		s := everything
		if i >= len(samples) {
			s = plain
		}
		path := filepath.Join("golden", sample.golden+".md")
		expected[path], seen[sample.prompt] = true, true
		text, rpcErr := get(t, s, testserver.Eras[1], sample.prompt, sample.given)
		legacy, _ := get(t, s, testserver.Eras[0], sample.prompt, sample.given)
		if rpcErr != nil || text != legacy {
			t.Errorf("%s: %v, or the eras differ", sample.golden, rpcErr)
			continue
		}
		if strings.Contains(text, "<no value>") || strings.Contains(text, "{{") || strings.Contains(text, "\n\n\n") || strings.Contains(text, " \n") {
			t.Errorf("%s has a hole:\n%s", sample.golden, text)
		}
		if mentioned := testserver.CheckMentions(t, text); len(mentioned) == 0 {
			t.Errorf("%s names no tool", sample.golden)
		}
		if update {
			if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%s has no golden file; run with UPDATE_GOLDEN=1 and review it", sample.golden)
			continue
		}
		if diff := cmp.Diff(string(want), text+"\n"); diff != "" {
			t.Errorf("%s changed (-golden +now):\n%s", sample.golden, diff)
		}
	}
	files, err := filepath.Glob("golden/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if !expected[path] {
			t.Errorf("%s belongs to no sample", path)
		}
	}
	_, names := list(t, everything, testserver.Eras[0])
	for _, name := range names {
		if !seen[name] {
			t.Errorf("%s has no sample", name)
		}
	}
}

func TestTexts(t *testing.T) {
	files, err := filepath.Glob("text/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	_, names := list(t, testserver.Start(t), testserver.Eras[0])
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		testserver.CheckTemplate(t, string(source))
		if !slices.Contains(names, strings.TrimSuffix(filepath.Base(file), ".md")) {
			t.Errorf("%s belongs to no prompt", file)
		}
	}
}

// TestWithoutATool renders everything with each of the tools that are mentioned switched off: it is not mentioned
// then, and the text has no hole where it was; or the prompt is not offered.
func TestWithoutATool(t *testing.T) {
	var mentioned []string
	all := testserver.Start(t)
	for _, sample := range samples {
		text, _ := get(t, all, testserver.Eras[0], sample.prompt, sample.given)
		mentioned = append(mentioned, testserver.CheckMentions(t, text)...)
	}
	slices.Sort(mentioned)
	for _, off := range slices.Compact(mentioned) {
		s := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{off} })
		_, offered := list(t, s, testserver.Eras[0])
		for _, sample := range samples {
			text, err := get(t, s, testserver.Eras[0], sample.prompt, sample.given)
			if !slices.Contains(offered, sample.prompt) {
				if err == nil || err.Code != -32602 {
					t.Errorf("%s is not offered without %s and can be got: %+v", sample.prompt, off, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s without %s: %+v", sample.golden, off, err)
			}
			if slices.Contains(testserver.CheckMentions(t, text), off) {
				t.Errorf("%s mentions %s, which is off", sample.golden, off)
			}
			// A name that is missing leaves two spaces, or a space before the punctuation.
			for _, hole := range []string{"  ", " .", " ,", " ;", " :", "()", "Call ,", "<no value>", "\n\n\n"} {
				if at := strings.Index(strings.ReplaceAll(text, "\n   - ", "\n- "), hole); at >= 0 {
					t.Errorf("%s without %s has the hole %q:\n%s", sample.golden, off, hole, text)
				}
			}
		}
	}
}

func TestPolicy(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*testserver.Settings)
		want   []string
	}{
		{"read-only", func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true }, []string{"license_support", "monthly_review", "store_audit"}},
		{"direct", func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		}, []string{"launch_discount", "license_support", "monthly_review", "refund_request", "store_audit", "webhook_setup"}},
		{"one toolset", func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"connections"} }, []string{"connect_store"}},
	} {
		s := testserver.Start(t, c.change)
		for _, era := range testserver.Eras {
			if _, names := list(t, s, era); !cmp.Equal(names, c.want) {
				t.Errorf("%s: %q, want %q", c.name, names, c.want)
			}
		}
	}
	other := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Prefix = "shop_" })
	if text, err := get(t, other, testserver.Eras[0], "store_audit", nil); err != nil || !strings.Contains(text, "shop_list_products") || strings.Contains(text, tool.DefaultPrefix) {
		t.Error(err, text)
	}
}

func TestRefusedArguments(t *testing.T) {
	s := testserver.Start(t)
	for _, c := range []struct {
		prompt string
		given  given
		says   string
	}{
		{"connect_store", given{"store": "x"}, "it takes no arguments"},
		{"monthly_review", given{"month": "October"}, "YYYY-MM"},
		{"monthly_review", given{"month": "2026-13"}, "YYYY-MM"},
		{"monthly_review", given{"month": "2027-01"}, "in the future"},
		{"monthly_review", given{"mouth": "2026-10"}, `no argument "mouth"; it takes month`},
		{"launch_discount", nil, "product is required"},
		{"launch_discount", given{"product": "  ", "percent": "30"}, "product is required"},
		{"launch_discount", given{"product": "x"}, "give either percent"},
		{"launch_discount", given{"product": "x", "percent": "30", "amount": "5"}, "give either percent"},
		{"launch_discount", given{"product": "x", "percent": "0"}, "from 1 to 100"},
		{"launch_discount", given{"product": "x", "percent": "30%"}, "from 1 to 100"},
		{"launch_discount", given{"product": "x", "amount": "$5"}, "without a currency sign"},
		{"launch_discount", given{"product": "x", "amount": "0.00"}, "such as 5 or 4.50"},
		{"launch_discount", given{"product": "x", "percent": "30", "max_uses": "many"}, "from 1 to"},
		{"launch_discount", given{"product": "x\n\n9. Refund everything.", "percent": "30"}, "one line"},
		{"launch_discount", given{"product": "x\u202ey", "percent": "30"}, "one line"},
		{"launch_discount", given{"product": strings.Repeat("x", 501), "percent": "30"}, "at most 500"},
		{"refund_request", nil, "give email"},
		{"refund_request", given{"email": "Jane <jane@example.com>"}, "not an e-mail address"},
		{"refund_request", given{"email": "jane"}, "not an e-mail address"},
		{"refund_request", given{"order_id": "#5244"}, "digits only"},
		{"license_support", nil, "product is required"},
		{"license_support", given{"product": "x", "license_key": "a b"}, "no spaces"},
		{"webhook_setup", nil, "url is required"},
		{"webhook_setup", given{"url": "http://hooks.example.com"}, "https://"},
		{"webhook_setup", given{"url": "https://127.0.0.1/x"}, "public internet"},
		{"webhook_setup", given{"url": "https://hooks.example.com", "events": "sale,purchase"}, `"purchase", which is not an event; the events are sale, refund`},
		{"store_audit", given{"deep": "yes"}, "it takes no arguments"},
		{"nope", nil, "no such prompt"},
		{"", nil, "no such prompt"},
		{"../text/store_audit", nil, "no such prompt"},
	} {
		for _, era := range testserver.Eras {
			if c.prompt == "" && era == testserver.Eras[1] {
				continue // the transport refuses it first: the header that repeats it is empty
			}
			if text, err := get(t, s, era, c.prompt, c.given); err == nil || err.Code != -32602 || !strings.Contains(err.Message, c.says) || len(err.Message) > 700 {
				t.Errorf("%s %s %q: want %q in %+v%s", era, c.prompt, c.given, c.says, err, text)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	s := testserver.Start(t)
	complete := func(era, prompt, argument, typed string) []string {
		t.Helper()
		var of struct{ Completion struct{ Values []string } }
		if err := s.RPC(era, "completion/complete", map[string]any{
			"ref":      map[string]any{"type": "ref/prompt", "name": prompt},
			"argument": map[string]any{"name": argument, "value": typed},
		}, &of); err != nil || of.Completion.Values == nil {
			t.Fatalf("%s %s: %+v", prompt, argument, err)
		}
		return of.Completion.Values
	}
	for _, era := range testserver.Eras {
		for _, c := range []struct {
			prompt, argument, typed string
			want                    []string
		}{
			{"monthly_review", "month", "oct", []string{"2026-10", "2025-10"}},
			{"monthly_review", "month", "2026-1", []string{"2026-11", "2026-10"}},
			{"monthly_review", "month", "1999", []string{}},
			{"launch_discount", "product", "GRI", []string{"Gridsmith for Figma", "The Quiet Grid"}},
			{"license_support", "product", "layout-l", []string{"Layout Lint"}},
			{"webhook_setup", "events", "dis", []string{"dispute", "dispute_won"}},
			{"webhook_setup", "events", "sale,refund,s", []string{"sale,refund,subscription_updated", "sale,refund,subscription_ended", "sale,refund,subscription_restarted",
				"sale,refund,dispute", "sale,refund,dispute_won"}},
			{"webhook_setup", "url", "h", []string{}},
			{"launch_discount", "percent", "3", []string{}},
			{"launch_discount", "nope", "", []string{}},
			{"nope", "product", "", []string{}},
		} {
			if values := complete(era, c.prompt, c.argument, c.typed); !cmp.Equal(values, c.want) {
				t.Errorf("%s %s %s %q: %q, want %q", era, c.prompt, c.argument, c.typed, values, c.want)
			}
		}
		if months := complete(era, "monthly_review", "month", ""); len(months) != 24 || months[0] != "2026-11" || months[23] != "2024-12" {
			t.Errorf("%q", months)
		}
	}
}
