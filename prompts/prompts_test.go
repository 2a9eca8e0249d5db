package prompts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

type given map[string]string

type sample struct {
	golden, prompt string
	given          given
}

// samples is every prompt with arguments that a person might give: at least one of each, and one for every branch.
var samples = []sample{
	{"connect_store", "connect_store", nil},
	{"catch_up", "catch_up", given{"since": "2026-11-12"}},
	{"catch_up.default", "catch_up", nil},
	{"monthly_review", "monthly_review", given{"month": "2026-10"}},
	{"monthly_review.default", "monthly_review", given{"month": ""}},
	{"monthly_review.unfinished", "monthly_review", given{"month": "2026-11"}},
	{"monthly_payout_check", "monthly_payout_check", given{"month": "2026-10"}},
	{"monthly_payout_check.default", "monthly_payout_check", nil},
	{"monthly_payout_check.unfinished", "monthly_payout_check", given{"month": "2026-11"}},
	{"launch_discount.percent", "launch_discount", given{"product": "Ink & Wash: 48 Brushes", "percent": "30",
		"max_uses": "50"}},
	{"launch_discount.amount", "launch_discount", given{"product": "和紙テクスチャ集", "amount": "4.50"}},
	{"launch_discount.whole", "launch_discount", given{"product": "Ink & Wash", "amount": "5"}},
	{"launch_product", "launch_product", given{"name": "Rain Brushes", "price": "12.50",
		"about": "40 brushes for wet paper."}},
	{"launch_product.ask", "launch_product", given{"name": "Rain Brushes"}},
	{"refund_request.email", "refund_request", given{"email": "jane@example.com"}},
	{"refund_request.order", "refund_request", given{"order_id": "524459935"}},
	{"license_support", "license_support", given{"product": "Layout Lint",
		"license_key": "85DB562A-C11D4B06-A2335A6B-8C079166"}},
	{"license_support.no_key", "license_support", given{"product": "Layout Lint"}},
	{"webhook_setup", "webhook_setup", given{"url": "https://hooks.example.com/gumroad",
		"events": "sale, subscription_ended"}},
	{"webhook_setup.default", "webhook_setup", given{"url": "https://hooks.example.com/gumroad"}},
	{"store_audit", "store_audit", nil},
	{"write_newsletter", "write_newsletter", given{"about": "Twelve new brushes, free for everyone who has the set."}},
	{"write_newsletter.product", "write_newsletter", given{"about": "Version 2 is out.", "product": "Ink & Wash",
		"send_at": "2026-12-01T09:00"}},
}

// get is what a prompt has its agent do.
func get(t *testing.T, s *testserver.Server, era, name string, arguments given) (string, *testserver.RPCError) {
	t.Helper()
	type message struct {
		Role    string
		Content struct{ Type, Text string }
	}
	var of struct {
		Description string
		Messages    []message
	}
	params := map[string]any{"name": name}
	if arguments != nil {
		params["arguments"] = arguments
	}
	if err := s.RPC(era, "prompts/get", params, &of); err != nil {
		return "", err
	}
	if len(of.Messages) != 1 || of.Description == "" {
		t.Fatalf("%s: want a description and one message, got %+v", name, of)
	}
	want := message{Role: "user"}
	want.Content.Type, want.Content.Text = "text", of.Messages[0].Content.Text
	if diff := cmp.Diff(want, of.Messages[0]); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	return want.Content.Text, nil
}

// text is get of a prompt that is offered.
func text(t *testing.T, s *testserver.Server, era, name string, arguments given) string {
	t.Helper()
	text, err := get(t, s, era, name, arguments)
	if err != nil {
		t.Fatalf("%s %q: %+v", name, arguments, err)
	}
	return text
}

type listing struct {
	Prompts []struct {
		Name, Title, Description string
		Arguments                []struct {
			Name, Title, Description string
			Required                 bool
		}
	}
	TTLMs      int64
	CacheScope string
}

func list(t *testing.T, s *testserver.Server, era string) (of listing, names []string) {
	t.Helper()
	if err := s.RPC(era, "prompts/list", nil, &of); err != nil {
		t.Fatal(err)
	}
	for _, row := range of.Prompts {
		names = append(names, row.Name)
	}
	return of, names
}

// inBothEras runs a test in each protocol version.
func inBothEras(t *testing.T, test func(t *testing.T, era string)) {
	for _, era := range testserver.Eras {
		t.Run(era, func(t *testing.T) { test(t, era) })
	}
}

func TestList(t *testing.T) {
	s := testserver.Start(t, testserver.EveryToolset)
	inBothEras(t, func(t *testing.T, era string) {
		of, names := list(t, s, era)
		t.Run("every prompt is listed, in order", func(t *testing.T) {
			want := []string{"catch_up", "connect_store", "launch_discount", "launch_product", "license_support", "monthly_payout_check", "monthly_review", "refund_request",
				"store_audit", "webhook_setup", "write_newsletter"}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("prompts (-want +got):\n%s", diff)
			}
		})
		t.Run("everything is described", func(t *testing.T) {
			for _, row := range of.Prompts {
				if row.Title == "" || row.Description == "" {
					t.Errorf("want a title and a description, got %+v", row)
				}
				for _, argument := range row.Arguments {
					if argument.Title == "" || argument.Description == "" {
						t.Errorf("%s: want a title and a description, got %+v", row.Name, argument)
					}
				}
			}
		})
		t.Run("how long it may be kept is said in the protocol that has a word for it", func(t *testing.T) {
			want := map[string][]any{testserver.Eras[0]: {int64(0), ""}, testserver.Eras[1]: {int64(300_000), "private"}}
			if diff := cmp.Diff(want[era], []any{of.TTLMs, of.CacheScope}); diff != "" {
				t.Errorf("ttlMs and cacheScope (-want +got):\n%s", diff)
			}
		})
	})
}

// withoutReports are those whose texts show another way where the reports are switched off.
var withoutReports = []sample{
	{"monthly_review.without_reports", "monthly_review", given{"month": "2026-10"}},
	{"monthly_payout_check.without_reports", "monthly_payout_check", given{"month": "2026-10"}},
	{"refund_request.without_reports", "refund_request", given{"email": "jane@example.com"}},
	{"store_audit.without_reports", "store_audit", nil},
}

// noReports switches the reports off, and nothing else.
func noReports(s *testserver.Settings) {
	for _, set := range tools.Toolsets() {
		if set.Name != "reports" {
			s.Tools.Policy.Toolsets = append(s.Tools.Policy.Toolsets, set.Name)
		}
	}
}

// holes are what is left in a text where the name of a tool is missing, or a value.
var holes = []string{"  ", " .", " ,", " ;", " :", "()", "Call ,", "<no value>", "{{", "\n\n\n", " \n"}

func checkHoles(t *testing.T, text string) {
	t.Helper()
	for _, hole := range holes {
		if strings.Contains(strings.ReplaceAll(text, "\n   - ", "\n- "), hole) {
			t.Errorf("it has the hole %q:\n%s", hole, text)
		}
	}
}

func TestGolden(t *testing.T) {
	var paths, sampled []string
	compare := func(s *testserver.Server, samples []sample) {
		for _, sample := range samples {
			path := filepath.Join("golden", sample.golden+".md")
			paths, sampled = append(paths, path), append(sampled, sample.prompt)
			t.Run(sample.golden, func(t *testing.T) {
				now := text(t, s, testserver.Eras[1], sample.prompt, sample.given)
				if diff := cmp.Diff(now, text(t, s, testserver.Eras[0], sample.prompt, sample.given)); diff != "" {
					t.Errorf("the protocol versions differ (-%s +%s):\n%s", testserver.Eras[1], testserver.Eras[0], diff)
				}
				checkHoles(t, now)
				if mentioned := testserver.CheckMentions(t, now); len(mentioned) == 0 {
					t.Error("it names no tool")
				}
				testserver.Golden(t, path, now+"\n")
			})
		}
	}
	everything := testserver.Start(t, testserver.EveryToolset)
	compare(everything, samples)
	compare(testserver.Start(t, noReports), withoutReports)
	testserver.OnlyGoldens(t, "golden/*.md", paths)
	t.Run("every prompt has a sample", func(t *testing.T) {
		_, names := list(t, everything, testserver.Eras[0])
		slices.Sort(sampled)
		if diff := cmp.Diff(names, slices.Compact(sampled)); diff != "" {
			t.Errorf("(-prompts +samples):\n%s", diff)
		}
	})
}

func TestTexts(t *testing.T) {
	files, err := filepath.Glob("text/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var prompts []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		prompts = append(prompts, name)
		t.Run(name+" asks for the tools it names", func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			testserver.CheckTemplate(t, string(source))
		})
	}
	t.Run("every prompt has a text, and every text a prompt", func(t *testing.T) {
		_, names := list(t, testserver.Start(t, testserver.EveryToolset), testserver.Eras[0])
		if diff := cmp.Diff(names, prompts); diff != "" {
			t.Errorf("(-prompts +texts):\n%s", diff)
		}
	})
}

// TestWithoutATool renders everything with each of the tools that are mentioned switched off: it is not mentioned
// then, and the text has no hole where it was; or the prompt is not offered.
func TestWithoutATool(t *testing.T) {
	var mentioned []string
	all := testserver.Start(t, testserver.EveryToolset)
	for _, sample := range samples {
		text := text(t, all, testserver.Eras[0], sample.prompt, sample.given)
		mentioned = append(mentioned, testserver.CheckMentions(t, text)...)
	}
	slices.Sort(mentioned)
	for _, off := range slices.Compact(mentioned) {
		t.Run(off, func(t *testing.T) {
			s := testserver.Start(t, testserver.EveryToolset, func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{off} })
			_, offered := list(t, s, testserver.Eras[0])
			for _, sample := range samples {
				text, err := get(t, s, testserver.Eras[0], sample.prompt, sample.given)
				switch isOffered := slices.Contains(offered, sample.prompt); {
				case !isOffered && (err == nil || err.Code != -32602):
					t.Errorf("%s is not offered; want -32602, got %+v %s", sample.prompt, err, text)
				case isOffered && err != nil:
					t.Errorf("%s: %+v", sample.golden, err)
				}
				if slices.Contains(testserver.CheckMentions(t, text), off) {
					t.Errorf("%s mentions it", sample.golden)
				}
				checkHoles(t, text)
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*testserver.Settings)
		want   []string
	}{
		{"read-only", func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true },
			[]string{"catch_up", "license_support", "monthly_payout_check", "monthly_review", "store_audit"}},
		{"without Maton", func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		}, []string{"catch_up", "launch_discount", "launch_product", "license_support", "monthly_payout_check", "monthly_review", "refund_request",
			"store_audit", "webhook_setup"}},
		{"one toolset", func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"connections"} },
			[]string{"connect_store"}},
	} {
		t.Run(test.name+" offers the prompts that can be followed", func(t *testing.T) {
			s := testserver.Start(t, test.change)
			inBothEras(t, func(t *testing.T, era string) {
				_, names := list(t, s, era)
				if diff := cmp.Diff(test.want, names); diff != "" {
					t.Errorf("prompts (-want +got):\n%s", diff)
				}
			})
		})
	}
	t.Run("tools go by their prefix", func(t *testing.T) {
		s := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Prefix = "shop_" })
		text := text(t, s, testserver.Eras[0], "store_audit", nil)
		if !strings.Contains(text, "shop_list_products") || strings.Contains(text, tool.DefaultPrefix) {
			t.Errorf("want shop_ and not %s, got %s", tool.DefaultPrefix, text)
		}
	})
}

func TestRefusedArguments(t *testing.T) {
	s := testserver.Start(t, testserver.EveryToolset)
	for _, test := range []struct {
		prompt string
		given  given
		says   string
	}{
		{"connect_store", given{"store": "x"}, "it takes no arguments"},
		{"monthly_review", given{"month": "October"}, "YYYY-MM"},
		{"monthly_review", given{"month": "2026-13"}, "YYYY-MM"},
		{"monthly_review", given{"month": "2027-01"}, "in the future"},
		{"monthly_payout_check", given{"month": "2027-01"}, "in the future"},
		{"monthly_payout_check", given{"month": "10"}, "YYYY-MM"},
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
		{"webhook_setup", given{"url": "https://hooks.example.com", "events": "sale,purchase"},
			`"purchase", which is not an event; the events are sale, refund`},
		{"write_newsletter", nil, "about is required"},
		{"write_newsletter", given{"about": "x", "audience": "everyone"}, "one of all, customers, followers"},
		{"write_newsletter", given{"about": "x", "audience": "all", "product": "y"}, "either audience"},
		{"write_newsletter", given{"about": "x", "send_at": "tomorrow"}, "send_at is no time"},
		{"store_audit", given{"deep": "yes"}, "it takes no arguments"},
		{"nope", nil, "no such prompt"},
		{"", nil, "no such prompt"},
		{"../text/store_audit", nil, "no such prompt"},
	} {
		for _, era := range testserver.Eras {
			if test.prompt == "" && era == testserver.Eras[1] {
				continue // the transport refuses it first: the header that repeats it is empty
			}
			t.Run(fmt.Sprintf("%s/%s %q", era, test.prompt, test.given), func(t *testing.T) {
				text, err := get(t, s, era, test.prompt, test.given)
				if err == nil {
					t.Fatalf("want an error, got %s", text)
				}
				if err.Code != -32602 || !strings.Contains(err.Message, test.says) {
					t.Errorf("want -32602 and %q, got %+v", test.says, err)
				}
				if len(err.Message) > 700 {
					t.Errorf("it says %d bytes", len(err.Message))
				}
			})
		}
	}
}

func TestCompletion(t *testing.T) {
	s := testserver.Start(t, testserver.EveryToolset)
	complete := func(t *testing.T, era, prompt, argument, typed string) []string {
		t.Helper()
		var of struct{ Completion struct{ Values []string } }
		if err := s.RPC(era, "completion/complete", map[string]any{
			"ref":      map[string]any{"type": "ref/prompt", "name": prompt},
			"argument": map[string]any{"name": argument, "value": typed},
		}, &of); err != nil {
			t.Fatalf("%+v", err)
		}
		return of.Completion.Values
	}
	inBothEras(t, func(t *testing.T, era string) {
		for _, test := range []struct {
			prompt, argument, typed string
			want                    []string
		}{
			{"monthly_review", "month", "oct", []string{"2026-10", "2025-10"}},
			{"monthly_review", "month", "2026-1", []string{"2026-11", "2026-10"}},
			{"monthly_review", "month", "1999", []string{}},
			{"launch_discount", "product", "GRI", []string{"Gridsmith for Figma", "The Quiet Grid"}},
			{"license_support", "product", "layout-l", []string{"Layout Lint"}},
			{"webhook_setup", "events", "dis", []string{"dispute", "dispute_won"}},
			{"webhook_setup", "events", "sale,refund,s", []string{"sale,refund,subscription_updated",
				"sale,refund,subscription_ended", "sale,refund,subscription_restarted", "sale,refund,dispute",
				"sale,refund,dispute_won"}},
			{"webhook_setup", "url", "h", []string{}},
			{"launch_discount", "percent", "3", []string{}},
			{"launch_discount", "nope", "", []string{}},
			{"write_newsletter", "audience", "f", []string{"followers"}},
			{"write_newsletter", "product", "GRI", []string{"Gridsmith for Figma", "The Quiet Grid"}},
			{"nope", "product", "", []string{}},
		} {
			t.Run(fmt.Sprintf("%s %s %q", test.prompt, test.argument, test.typed), func(t *testing.T) {
				if diff := cmp.Diff(test.want, complete(t, era, test.prompt, test.argument, test.typed)); diff != "" {
					t.Errorf("values (-want +got):\n%s", diff)
				}
			})
		}
		t.Run("months go back two years", func(t *testing.T) {
			var want []string
			for n := range 24 {
				want = append(want, time.Date(2026, time.Month(11-n), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
			}
			if diff := cmp.Diff(want, complete(t, era, "monthly_review", "month", "")); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	})
}
